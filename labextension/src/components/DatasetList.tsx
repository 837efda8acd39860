import * as React from 'react';

import { IDataset } from '../api/types';
import { comexpIcon } from '../icons';
import { IState } from '../model/state';
import { useTrans } from './context';
import { DatasetDetail, IDatasetActions } from './DatasetDetail';
import { DatasetRow } from './DatasetRow';
import { Empty } from './Empty';
import { Report } from './Report';
import { IUploadActions, UploadRow } from './UploadRow';
import { useDrop } from './useDrop';

export interface IListActions extends IDatasetActions {
  onToggle: (id: string) => void;
  onDrag: (event: React.PointerEvent<HTMLElement>, dataset: IDataset) => void;
  /** Files for a dataset, or for a new one. */
  onDropFiles: (transfer: DataTransfer, dataset: string | null) => void;
  onDismissReport: (index: number) => void;
}

interface IProps {
  state: IState;
  thumbnail: (dataset: IDataset) => string | null;
  actions: IListActions;
  uploads: IUploadActions;
}

/** All datasets, what is on its way into them, and what came of it. */
export function DatasetList({ state, thumbnail, actions, uploads }: IProps): React.ReactElement {
  const trans = useTrans();
  const drop = useDrop(transfer => actions.onDropFiles(transfer, null));
  const { datasets, stats } = state;
  const coming = state.uploads.filter(upload => upload.dataset !== null);
  return (
    <div className={`cx-Section${drop.over ? ' cx-mod-drop' : ''}`} {...drop.handlers}>
      {coming.map(upload => (
        <UploadRow
          key={upload.id}
          upload={upload}
          run={state.runs?.find(run => run.id === upload.run)}
          {...uploads}
        />
      ))}
      {state.reports.map((entry, index) => (
        <Report key={index} entry={entry} onDismiss={() => actions.onDismissReport(index)} />
      ))}
      {datasets?.length === 0 && coming.length === 0 && (
        <Empty icon={comexpIcon} title={trans.__('Drop images here')}>
          {trans.__(
            'A folder, a zip, a video, or a set that is labelled already: COCO, YOLO, VOC, CVAT and more are recognised.'
          )}
        </Empty>
      )}
      <ul className="cx-List" aria-label={trans.__('Datasets')}>
        {(datasets ?? []).map(dataset => (
          <DatasetRow
            key={dataset.id}
            dataset={dataset}
            open={dataset.id in stats}
            thumbnail={thumbnail(dataset)}
            onToggle={() => actions.onToggle(dataset.id)}
            onDrag={event => actions.onDrag(event, dataset)}
            onDropFiles={transfer => actions.onDropFiles(transfer, dataset.id)}
          >
            <DatasetDetail dataset={dataset} stats={stats[dataset.id] ?? null} actions={actions} />
          </DatasetRow>
        ))}
      </ul>
      {drop.over && <div className="cx-DropHint">{trans.__('Drop to make a new dataset')}</div>}
    </div>
  );
}
