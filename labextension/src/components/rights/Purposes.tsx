import * as React from 'react';

import { IConsent, IDataset, IPurpose, IRequest } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { IRightsActions } from './actions';
import { day, Switch } from './parts';

interface IProps {
  purposes: IPurpose[];
  consents: IConsent[];
  requests: IRequest[];
  datasets: IDataset[];
  /** The policy whose text a consent given now would be for. */
  policy: string | null;
  actions: IRightsActions;
}

/** Everything that data is used for; a row each, with its switch or the reason why it has none. */
export function Purposes(props: IProps): React.ReactElement {
  const { purposes, requests, actions } = props;
  const w = useWords();
  const language = useLanguage();
  const opted = requests.find(request => request.type === 'opt_out');
  return (
    <>
      <p>{w.purposesAbout}</p>
      <ul className="cx-List cx-Purposes">
        {purposes.map(row => (
          <PurposeRow key={row.purpose} row={row} {...props} />
        ))}
      </ul>
      <div className="cx-OptOut">
        <p>{opted ? w.optedOut(day(opted.received, language)) : w.notOptedOut}</p>
        {!opted && <Button label={w.optOut} onClick={actions.onOptOut} />}
      </div>
    </>
  );
}

function PurposeRow({
  row,
  consents,
  datasets,
  policy,
  actions
}: IProps & { row: IPurpose }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const name = w.purposes[row.purpose];
  const objected = row.objections.includes(null);
  const byConsent = row.basis === 'consent';
  const fixed = !byConsent && row.objection === 'none';
  return (
    <li className="cx-Purpose">
      <div className="cx-Purpose-head">
        <span className="cx-Purpose-name">{name}</span>
        <span className="cx-Badge">{w.bases[row.basis]}</span>
        {fixed ? (
          <span className="cx-Dim">{w.noSwitch}</span>
        ) : (
          <Switch
            label={w.allow(name)}
            on={byConsent ? row.closed === null : !objected}
            onChange={yes =>
              byConsent && !(yes && objected)
                ? actions.onConsent(row.purpose, yes)
                : actions.onObjection(row.purpose, null, !yes)
            }
          />
        )}
      </div>
      <p>{row.words[language]}</p>
      {row.closed && !byConsent && <p className="cx-mod-late">{say(row.closed, language)}</p>}
      {fixed && <p className="cx-Dim">{say(row.needed, language)}</p>}
      {byConsent && <Consent row={row} consents={consents} policy={policy} actions={actions} />}
      <details>
        <summary>{w.details}</summary>
        <dl className="cx-Facts cx-mod-text">
          <dt>{w.data}</dt>
          <dd>{row.data.map(each => say(each, language)).join(', ')}</dd>
          <dt>{w.recipients}</dt>
          <dd>{row.recipients.join(', ') || w.nobody}</dd>
          <dt>{w.kept}</dt>
          <dd>{say(row.retention, language)}</dd>
          <dt>{w.source}</dt>
          <dd>{row.source}</dd>
        </dl>
        {!fixed && !byConsent && PER_DATASET.has(row.purpose) && datasets.length > 0 && (
          <fieldset className="cx-PerDataset">
            <legend>{w.perDataset}</legend>
            {datasets.map(({ id, name: of }) => (
              <div key={id}>
                <span>{of}</span>
                <Switch
                  label={`${w.allow(name)}: ${of}`}
                  on={!objected && !row.objections.includes(id)}
                  disabled={objected}
                  onChange={yes => actions.onObjection(row.purpose, id, !yes)}
                />
              </div>
            ))}
          </fieldset>
        )}
      </details>
    </li>
  );
}

const PER_DATASET = new Set(['browse', 'annotate', 'train', 'predict', 'evaluate', 'export']);

/** Where a consent stands, the text it was given to, and its receipt. */
function Consent({
  row,
  consents,
  policy,
  actions
}: Pick<IProps, 'consents' | 'policy' | 'actions'> & { row: IPurpose }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const last = consents.filter(each => each.purposes.includes(row.purpose)).pop();
  return (
    <div className="cx-Consent">
      <span>
        {row.consent && w.consents[row.consent]}{' '}
        {last && w.agreedOn(day(last.given, language), last.policy)}{' '}
        {last?.withdrawn && w.withdrawnOn(day(last.withdrawn, language))}
      </span>
      <span className="cx-Actions">
        {(last || policy) && (
          <Button
            label={last ? w.agreedText : w.readText}
            onClick={() => actions.onText(last?.policy ?? policy ?? '')}
          />
        )}
        {last && <Button label={w.receipt} onClick={() => actions.onReceipt(last.id)} />}
      </span>
    </div>
  );
}
