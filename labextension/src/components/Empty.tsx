import { LabIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

interface IProps {
  icon: LabIcon;
  title: string;
  children?: React.ReactNode;
}

/** What is shown where there is nothing yet: what this place is for, and the first step. */
export function Empty({ icon: Icon, title, children }: IProps): React.ReactElement {
  return (
    <div className="cx-Empty">
      <Icon.react tag="span" className="cx-Empty-icon" width="28px" height="28px" />
      <div className="cx-Empty-title">{title}</div>
      {children && <div className="cx-Empty-text">{children}</div>}
    </div>
  );
}
