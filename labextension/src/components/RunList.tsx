import { runningIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDataset, IRun, IRunDetail } from '../api/types';
import { useTrans } from './context';
import { Empty } from './Empty';
import { IRunActions, RunRow } from './RunRow';

interface IProps {
  runs: IRun[] | null;
  datasets: IDataset[] | null;
  details: Record<string, IRunDetail | null>;
  actions: IRunActions;
}

const SHOWN = 50;

/** Everything that takes longer than a moment, the newest first. */
export function RunList({ runs, datasets, details, actions }: IProps): React.ReactElement {
  const trans = useTrans();
  const names = new Map((datasets ?? []).map(dataset => [dataset.id, dataset.name]));
  return (
    <div className="cx-Section">
      {runs?.length === 0 && (
        <Empty icon={runningIcon} title={trans.__('Nothing has run yet')}>
          {trans.__(
            'Imports, training and predictions show here, and go on when you close this tab.'
          )}
        </Empty>
      )}
      <ul className="cx-List" aria-label={trans.__('Runs')}>
        {(runs ?? []).slice(0, SHOWN).map(run => (
          <RunRow
            key={run.id}
            run={run}
            dataset={names.get(run.dataset ?? '') ?? ''}
            open={run.id in details}
            detail={details[run.id] ?? null}
            actions={actions}
          />
        ))}
      </ul>
    </div>
  );
}
