import * as React from 'react';

import { IHistory } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';

/** Where to complain, jurisdiction by jurisdiction. */
export function Authorities({ authorities }: { authorities: string[] }): React.ReactElement {
  const w = useWords();
  return (
    <>
      <p>{w.authoritiesAbout}</p>
      <ul className="cx-List cx-Told">
        {authorities.map(each => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </>
  );
}

/** The ledger in plain words, newest first, and what proves that nothing in it was changed. */
export function Happened({ history }: { history: IHistory }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const time = (iso: string): string =>
    new Date(iso).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <>
      <p>{w.happenedAbout}</p>
      <p className="cx-Fingerprint">
        {w.head(history.head.size)} <code>{history.head.root}</code>{' '}
        <span className="cx-Dim">{w.headAt(time(history.head.at))}</span>
      </p>
      <ol className="cx-List cx-Ledger">
        {history.lines.map(line => (
          <li key={line.n} value={line.n}>
            <span className="cx-Dim">
              {line.n} · {time(line.at)}
            </span>
            <span>{say(line.text, language)}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
