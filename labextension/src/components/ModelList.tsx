import { deleteIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IModel } from '../api/types';
import { modelIcon } from '../icons';
import { IUpload } from '../model/state';
import { Button } from './Button';
import { useTrans } from './context';
import { Empty } from './Empty';
import { bytes } from './format';
import { IUploadActions, UploadRow } from './UploadRow';
import { useDrop } from './useDrop';

interface IProps {
  models: IModel[] | null;
  /** Weights on their way. */
  coming: IUpload[];
  uploads: IUploadActions;
  onDelete: (model: IModel) => void;
  onDropFiles: (transfer: DataTransfer) => void;
}

/** Models that were trained or brought in. */
export function ModelList(props: IProps): React.ReactElement {
  const { models, coming, uploads, onDelete, onDropFiles } = props;
  const trans = useTrans();
  const drop = useDrop(onDropFiles);
  return (
    <div className={`cx-Section${drop.over ? ' cx-mod-drop' : ''}`} {...drop.handlers}>
      {coming.map(upload => (
        <UploadRow key={upload.id} upload={upload} run={undefined} {...uploads} />
      ))}
      {models?.length === 0 && coming.length === 0 && (
        <Empty icon={modelIcon} title={trans.__('No model yet')}>
          {trans.__('Fine-tune one with ds.fine_tune(), or drop Ultralytics weights (.pt) here.')}
        </Empty>
      )}
      <ul className="cx-List" aria-label={trans.__('Models')}>
        {(models ?? []).map(model => (
          <li key={model.id} className="cx-Model">
            <modelIcon.react tag="span" className="cx-Row-icon" width="16px" height="16px" />
            <span className="cx-Model-text">
              <span className="cx-Model-name" title={model.origin || model.name}>
                {model.name}
              </span>
              <span className="cx-Dim">{factsOf(model, trans)}</span>
            </span>
            <Button
              icon={deleteIcon}
              label={trans.__('Delete %1', model.name)}
              iconOnly
              onClick={() => onDelete(model)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}

function factsOf(model: IModel, trans: ReturnType<typeof useTrans>): string {
  const precision = Object.entries(model.metrics ?? {}).find(([name]) =>
    /map50(\(b\))?$/i.test(name)
  );
  return [
    model.task,
    trans._n('%1 class', '%1 classes', model.classes.length),
    precision ? `mAP50 ${precision[1].toFixed(2)}` : '',
    bytes(model.bytes)
  ]
    .filter(Boolean)
    .join(' · ');
}
