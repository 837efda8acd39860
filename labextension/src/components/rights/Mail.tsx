import * as React from 'react';

import { IEmail } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { IRightsActions } from './actions';
import { day, Field, Submit } from './parts';

interface IProps {
  email: IEmail;
  actions: IRightsActions;
}

/** The address, what was or waits to be sent to it, and what was told in the lab itself. */
export function Mail({ email, actions }: IProps): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const [typed, setTyped] = React.useState<string | null>(null);
  const address = typed ?? email.address ?? '';
  const save = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    if (await actions.onEmail(address.trim())) {
      setTyped(null);
    }
  };
  return (
    <>
      <p>{w.mailAbout}</p>
      <form className="cx-Form" data-cx-form="email" onSubmit={event => void save(event)}>
        <Field label={w.address}>
          <input
            className="jp-mod-styled"
            type="email"
            required
            autoComplete="email"
            value={address}
            onChange={event => setTyped(event.target.value)}
          />
        </Field>
        <div className="cx-Actions">
          <Submit label={w.save} disabled={!address} />
          {email.address && (
            <Button
              label={w.eraseAddress}
              danger
              onClick={() => actions.onErase({ what: 'email' })}
            />
          )}
        </div>
      </form>
      {!email.server && <p className="cx-Dim">{w.noServer}</p>}
      <h3>{w.letters}</h3>
      {email.letters.length === 0 && <p className="cx-Dim">{w.noLetters}</p>}
      <ul className="cx-List cx-Rows">
        {email.letters.map(letter => (
          <li key={letter.id} title={letter.reason}>
            <span className="cx-Rows-main">{say(letter.template, language)}</span>
            <span className="cx-Dim">{day(letter.queued, language)}</span>
            <span className="cx-Badge">{w.letterStates[letter.status]}</span>
          </li>
        ))}
      </ul>
      <h3>{w.notices}</h3>
      {email.notices.length === 0 && <p className="cx-Dim">{w.noNotices}</p>}
      <ul className="cx-List cx-Told">
        {email.notices.map(notice => (
          <li key={notice.id}>
            <strong>{notice.title ?? say(notice.template, language)}</strong>{' '}
            <span className="cx-Dim">{day(notice.at, language)}</span>
            <p>{notice.text ?? w.sealedNotice}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
