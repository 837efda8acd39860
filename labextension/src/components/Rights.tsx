import { deleteIcon, downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IInventory, IInventoryRow } from '../api/types';
import { shieldIcon } from '../icons';
import { Button } from './Button';
import { useTrans } from './context';
import { Empty } from './Empty';
import { bytes, count } from './format';

interface IProps {
  inventory: IInventory | null;
  onArchive: () => void;
  onErase: (dataset: string, name: string) => void;
}

/** What is stored, and the two rights that matter most: take everything away, and have it destroyed. */
export function Rights({ inventory, onArchive, onErase }: IProps): React.ReactElement {
  const trans = useTrans();
  const groups = groupRows(inventory?.rows ?? []);
  return (
    <div className="cx-Section">
      {inventory && groups.length === 0 ? (
        <Empty icon={shieldIcon} title={trans.__('Nothing is stored')}>
          {trans.__('All that you add stays on this machine, encrypted, until you erase it.')}
        </Empty>
      ) : (
        <p className="cx-Rights-sum">
          {inventory &&
            trans.__('%1 stored, encrypted, in this workspace only.', bytes(inventory.bytes))}
        </p>
      )}
      {groups.map(group => (
        <details key={group.dataset ?? group.name} className="cx-Group">
          <summary>
            <span className="cx-Group-name">
              {group.name || trans.__('Elsewhere in the workspace')}
            </span>
            <span className="cx-Dim">
              {bytes(group.rows.reduce((sum, row) => sum + row.bytes, 0))}
            </span>
          </summary>
          <InventoryTable rows={group.rows} />
          {group.dataset && (
            <Button
              icon={deleteIcon}
              label={trans.__('Erase dataset…')}
              danger
              onClick={() => onErase(group.dataset ?? '', group.name)}
            />
          )}
        </details>
      ))}
      {groups.length > 0 && (
        <div className="cx-Actions">
          <Button icon={downloadIcon} label={trans.__('Download everything')} onClick={onArchive} />
        </div>
      )}
    </div>
  );
}

/** What there is of each kind, with counts and bytes. */
export function InventoryTable({ rows }: { rows: IInventoryRow[] }): React.ReactElement {
  return (
    <table className="cx-Table">
      <tbody>
        {rows.map((row, index) => (
          <tr key={index} title={row.where}>
            <th scope="row">{row.kind}</th>
            <td>{count(row.items)}</td>
            <td>{row.bytes > 0 ? bytes(row.bytes) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface IGroup {
  dataset: string | null;
  name: string;
  rows: IInventoryRow[];
}

function groupRows(rows: IInventoryRow[]): IGroup[] {
  const groups = new Map<string, IGroup>();
  for (const row of rows) {
    const key = row.dataset ?? `- ${row.name}`;
    const group = groups.get(key) ?? { dataset: row.dataset, name: row.name, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  return [...groups.values()];
}
