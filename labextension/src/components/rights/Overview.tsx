import {
  caretRightIcon,
  deleteIcon,
  downloadIcon,
  editIcon,
  filterListIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import { shieldIcon, snowflakeIcon } from '../../icons';
import { IState } from '../../model/state';
import { IRightsState } from '../../model/rightsModel';
import { Section, useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { Empty } from '../Empty';
import { bytes } from '../format';
import { Progress } from '../Progress';
import { IRightsActions } from './actions';
import { nextDue, isOpen } from './Clocks';
import { doing, shortDay, Waiting } from './parts';

interface IProps {
  lab: IState;
  rights: IRightsState;
  actions: IRightsActions;
}

/** The section of the sidebar: how much is stored, what is done most, what is under way, and the way to all the rest. */
export function Overview({ lab, rights, actions }: IProps): React.ReactElement {
  const w = useWords();
  const { inventory } = lab;
  const empty = inventory !== null && inventory.rows.every(row => row.dataset === null);
  return (
    <div className="cx-Section">
      {empty ? (
        <Empty icon={shieldIcon} title={w.nothing}>
          {w.nothingMore}
        </Empty>
      ) : (
        <div className="cx-Rights-sum">
          {inventory ? w.sum(bytes(inventory.bytes)) : <Waiting />}
        </div>
      )}
      <div className="cx-Actions cx-Rights-actions">
        <Button icon={downloadIcon} label={w.short.download} onClick={actions.onArchive} />
        <Button
          icon={deleteIcon}
          label={w.short.erase}
          danger
          onClick={() => actions.onOpen('erase')}
        />
        <Button
          icon={snowflakeIcon}
          label={w.short.freeze}
          onClick={() => actions.onOpen('freeze')}
        />
        <Button
          icon={editIcon}
          label={w.short.request}
          onClick={() => actions.onOpen('requests')}
        />
      </div>
      <UnderWay rights={rights} actions={actions} />
      <nav className="cx-Rights-nav" aria-label={w.all}>
        {(Object.keys(w.sections) as Section[]).map(section => (
          <button key={section} type="button" onClick={() => actions.onOpen(section)}>
            <span>{w.sections[section]}</span>
            <span className="cx-Dim">{status(section, lab, rights, w.open)}</span>
            <caretRightIcon.react tag="span" className="cx-Caret" width="14px" height="14px" />
          </button>
        ))}
      </nav>
    </div>
  );
}

/** Erasures that are not certified yet, the archive on its way, and requests that somebody has to answer. */
function UnderWay({ rights, actions }: Omit<IProps, 'lab'>): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const going = (rights.erasures ?? []).filter(erasure => !erasure.certificate);
  const open = (rights.requests ?? []).filter(isOpen);
  const due = open.map(nextDue).find(deadline => deadline !== null);
  return (
    <div className="cx-UnderWay" aria-live="polite">
      {rights.transfer && (
        <div>
          {w.transfers[rights.transfer.kind]}
          <Progress value={rights.transfer.progress} label={w.transfers[rights.transfer.kind]} />
        </div>
      )}
      {going.map(erasure => (
        <div key={erasure.id} className={erasure.trouble ? 'cx-mod-trouble' : ''}>
          {doing(erasure, w)}: {rights.names[erasure.id] ?? w.whats[erasure.what]}
          {erasure.trouble ? (
            <p>
              {say(erasure.trouble, language)}{' '}
              <Button label={w.retry} onClick={() => actions.onRetry(erasure)} />
            </p>
          ) : (
            <Progress value={null} label={doing(erasure, w)} />
          )}
        </div>
      ))}
      {open.length > 0 && (
        <button type="button" onClick={() => actions.onOpen('requests')}>
          <filterListIcon.react tag="span" className="cx-Row-icon" width="14px" height="14px" />
          {w.open(open.length)}
          {due && <span className="cx-Dim">{w.due(shortDay(due.due, language))}</span>}
        </button>
      )}
    </div>
  );
}

function status(
  section: Section,
  lab: IState,
  rights: IRightsState,
  open: (n: number) => string
): string {
  if (section === 'stored' && lab.inventory) {
    return bytes(lab.inventory.bytes);
  }
  const asked = (rights.requests ?? []).filter(isOpen).length;
  if (section === 'requests' && asked > 0) {
    return open(asked).split(' ')[0];
  }
  const frozen = (lab.datasets ?? []).filter(dataset => dataset.restricted).length;
  return section === 'freeze' && frozen > 0 ? String(frozen) : '';
}
