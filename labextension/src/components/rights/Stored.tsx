import { downloadIcon, fileUploadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IInventoryRow } from '../../api/types';
import { IState } from '../../model/state';
import { IRightsState } from '../../model/rightsModel';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { bytes, count } from '../format';
import { Progress } from '../Progress';
import { IRightsActions } from './actions';
import { useSought, Waiting } from './parts';

interface IProps {
  lab: IState;
  rights: IRightsState;
  actions: IRightsActions;
}

/** What there is, by dataset and kind, and all of it to take away or to bring back. */
export function Stored({ lab, rights, actions }: IProps): React.ReactElement {
  const w = useWords();
  const groups = groupRows(lab.inventory?.rows ?? []);
  const [sought, shown] = useSought(groups);
  return (
    <>
      {lab.inventory ? <p>{w.sum(bytes(lab.inventory.bytes))}</p> : <Waiting />}
      <div className="cx-Actions">
        <Button icon={downloadIcon} label={w.download} accent onClick={actions.onArchive} />
        <Button icon={fileUploadIcon} label={w.restore} onClick={actions.onRestore} />
      </div>
      <p className="cx-Dim">{w.downloadAbout}</p>
      {rights.transfer && (
        <div className="cx-UnderWay" role="status">
          {w.transfers[rights.transfer.kind]}
          <Progress value={rights.transfer.progress} label={w.transfers[rights.transfer.kind]} />
        </div>
      )}
      {sought}
      {shown.map(group => (
        <details key={group.key} className="cx-Group" open={groups.length < 4}>
          <summary>
            <span className="cx-Group-name">{group.name || w.elsewhere}</span>
            <span className="cx-Dim">{bytes(sum(group.rows))}</span>
          </summary>
          <InventoryTable rows={group.rows} of={group.name} />
        </details>
      ))}
      <a className="cx-Link" href={actions.processingUrl} download="processing.csv">
        {w.record}
      </a>
    </>
  );
}

/** What there is of each kind: counts, bytes, and where it lies. */
export function InventoryTable({
  rows,
  of = ''
}: {
  rows: IInventoryRow[];
  /** The name that need not be said again. */
  of?: string;
}): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  return (
    <table className="cx-Table">
      <thead className="cx-Hidden">
        <tr>
          <th>{w.kind}</th>
          <th>{w.items}</th>
          <th>{w.size}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <tr key={index}>
            <th scope="row">
              {say(row.kind, language)}
              {of && row.name && row.name !== of && `: ${row.name}`}
              <span className="cx-Dim">{say(row.where, language)}</span>
            </th>
            <td>{row.items > 0 ? count(row.items) : ''}</td>
            <td>{row.bytes > 0 ? bytes(row.bytes) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface IGroup {
  key: string;
  name: string;
  rows: IInventoryRow[];
}

function groupRows(rows: IInventoryRow[]): IGroup[] {
  const groups = new Map<string, IGroup>();
  for (const row of rows) {
    const key = row.dataset ?? '';
    const group = groups.get(key) ?? { key, name: row.dataset ? row.name : '', rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function sum(rows: IInventoryRow[]): number {
  return rows.reduce((total, row) => total + row.bytes, 0);
}
