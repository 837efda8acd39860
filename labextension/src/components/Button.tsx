import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IProps {
  label: string;
  icon?: LabIcon;
  /** Show only the icon; the label is read out and shown as a tip. */
  iconOnly?: boolean;
  accent?: boolean;
  danger?: boolean;
  disabled?: boolean;
  onClick: () => void;
}

/** A small button: an icon, a label, or both. */
export function Button(props: IProps): React.ReactElement {
  const { icon, label, iconOnly } = props;
  const style = props.danger ? 'danger' : props.accent ? 'accent' : 'plain';
  return (
    <button
      type="button"
      className={`cx-Button cx-mod-${style}${iconOnly ? ' cx-mod-icon' : ''}`}
      title={label}
      aria-label={iconOnly ? label : undefined}
      disabled={props.disabled}
      onClick={event => {
        event.stopPropagation();
        props.onClick();
      }}
    >
      {icon && <icon.react tag="span" className="cx-Button-icon" width="14px" height="14px" />}
      {!iconOnly && <span>{label}</span>}
    </button>
  );
}
