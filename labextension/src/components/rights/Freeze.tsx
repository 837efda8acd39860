import * as React from 'react';

import { IDataset } from '../../api/types';
import { snowflakeIcon } from '../../icons';
import { useWords } from '../../words';
import { Button } from '../Button';
import { IRightsActions } from './actions';
import { useSought } from './parts';

interface IProps {
  datasets: IDataset[];
  actions: IRightsActions;
}

/** Which datasets may be used, and which are only kept. */
export function Freeze({ datasets, actions }: IProps): React.ReactElement {
  const w = useWords();
  const [sought, shown] = useSought(datasets);
  return (
    <>
      <p>{w.freezeAbout}</p>
      {datasets.length === 0 && <p className="cx-Dim">{w.noDatasets}</p>}
      {sought}
      <ul className="cx-List cx-Rows">
        {shown.map(({ id, name, restricted }) => (
          <li key={id}>
            <span className="cx-Rows-main">{name}</span>
            <span className={`cx-Badge${restricted ? ' cx-mod-warn' : ''}`}>
              {restricted ? w.frozen : w.inUse}
            </span>
            <Button
              icon={snowflakeIcon}
              label={restricted ? w.unfreeze : w.freeze}
              onClick={() => actions.onFreeze(id, name, !restricted)}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
