import * as React from 'react';

import { IPolicy, IPolicyText } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { Button } from '../Button';
import { IRightsActions } from './actions';
import { day } from './parts';

interface IProps {
  policies: IPolicy[];
  actions: IRightsActions;
}

/** Every version of every policy, newest first: which text decides, what it says, what it changed. */
export function Policies({ policies, actions }: IProps): React.ReactElement {
  const w = useWords();
  return (
    <>
      <p>{w.policiesAbout}</p>
      <ul className="cx-List">
        {[...policies].reverse().map(policy => (
          <PolicyRow
            key={policy.id}
            policy={policy}
            first={policies.find(other => other.product === policy.product) === policy}
            actions={actions}
          />
        ))}
      </ul>
    </>
  );
}

interface IRowProps {
  policy: IPolicy;
  first: boolean;
  actions: IRightsActions;
}

function PolicyRow({ policy, first, actions }: IRowProps): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const [changes, setChanges] = React.useState<string[] | null>(null);
  const decides = w.languages[policy.authoritative];
  return (
    <li className="cx-Card">
      <strong>{PRODUCTS[policy.product] ?? policy.product}</strong>
      <p>{w.version(policy.version, day(policy.published ?? policy.effective, language))}</p>
      <p className="cx-Dim">
        {policy.authoritative in policy.texts ? w.decides(decides) : w.decidesElsewhere(decides)}
      </p>
      <div className="cx-Actions">
        <Button label={w.read} onClick={() => actions.onText(policy.id)} />
        {first ? (
          <span className="cx-Dim">{w.noChanges}</span>
        ) : (
          <Button
            label={w.changes}
            onClick={() =>
              changes ? setChanges(null) : void actions.loadChanges(policy.id).then(setChanges)
            }
          />
        )}
      </div>
      {changes && (
        <pre className="cx-Text cx-Diff">
          {changes.map((line, index) => (
            <span key={index} className={`cx-mod-${MARKS[line[0]] ?? 'same'}`}>
              {line}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
    </li>
  );
}

const PRODUCTS: Record<string, string> = { comexp: 'Comexp', 't-rex-label': 'T-Rex Label' };
const MARKS: Record<string, string> = { '+': 'added', '-': 'removed' };

/** A policy as it was registered; says so if it is not in the language that was asked for. */
export function PolicyText({ text }: { text: IPolicyText }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  return (
    <div className="cx-Policy">
      {text.language !== language && (
        <p className="cx-Dim">{w.shownIn(w.languages[text.language])}</p>
      )}
      <pre className="cx-Text" lang={text.language} tabIndex={0}>
        {text.text}
      </pre>
    </div>
  );
}
