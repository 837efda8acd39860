import { caretDownIcon, caretRightIcon, imageIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDataset } from '../api/types';
import { useWords } from '../words';
import { useTrans } from './context';
import { count } from './format';
import { useDrop } from './useDrop';

interface IProps {
  dataset: IDataset;
  open: boolean;
  thumbnail: string | null;
  onToggle: () => void;
  /** Begins to drag the dataset, to drop it into a notebook. */
  onDrag: (event: React.PointerEvent<HTMLElement>) => void;
  onDropFiles: (transfer: DataTransfer) => void;
  children?: React.ReactNode;
}

/** A dataset at a glance: cover, name, counts. Unfolds to its details, takes files, and can be dragged into a notebook. */
export function DatasetRow(props: IProps): React.ReactElement {
  const { dataset, open } = props;
  const trans = useTrans();
  const w = useWords();
  const drop = useDrop(props.onDropFiles);
  const Caret = open ? caretDownIcon : caretRightIcon;
  return (
    <li
      className={`cx-Dataset${drop.over ? ' cx-mod-drop' : ''}`}
      data-cx-dataset={dataset.id}
      {...drop.handlers}
    >
      <button
        type="button"
        className="cx-Dataset-head"
        aria-expanded={open}
        title={trans.__('Drag into a notebook to use this dataset')}
        onClick={props.onToggle}
        onPointerDown={props.onDrag}
      >
        <Caret.react tag="span" className="cx-Caret" width="16px" height="16px" />
        <span className="cx-Cover">
          {props.thumbnail ? (
            <img src={props.thumbnail} alt="" loading="lazy" draggable={false} />
          ) : (
            <imageIcon.react tag="span" width="18px" height="18px" />
          )}
        </span>
        <span className="cx-Dataset-text">
          <span className="cx-Dataset-name">{dataset.name}</span>
          <span className="cx-Dim">
            {trans._n('%1 image', '%1 images', dataset.samples, count(dataset.samples))}
            {' · '}
            {trans._n('%1 label', '%1 labels', dataset.labels, count(dataset.labels))}
          </span>
        </span>
        {dataset.storage === 'ephemeral' && (
          <span
            className="cx-Badge"
            title={trans.__('Kept in memory only; gone when the lab service stops')}
          >
            {trans.__('in memory')}
          </span>
        )}
        {dataset.restricted && <span className="cx-Badge cx-mod-warn">{w.frozen}</span>}
      </button>
      {open && <div className="cx-Dataset-body">{props.children}</div>}
    </li>
  );
}
