import * as React from 'react';

import { IDeadline, IRequest } from '../../api/types';
import { useLanguage, useWords, Words } from '../../words';
import { day } from './parts';

const OVER = ['denied', 'identity failed', 'certified', 'closed', 'cancelled'];

/** Whether somebody still has to do something about a request. */
export function isOpen(request: IRequest): boolean {
  return !OVER.includes(request.state);
}

/** The next legal step, if there is one. */
export function nextDue(request: IRequest): IDeadline | null {
  return duties(request).find(each => each.met === null) ?? null;
}

/** What has to be done by when; how long the record is kept is none of that. */
function duties(request: IRequest): IDeadline[] {
  return request.deadlines
    .filter(each => each.effect !== 'retain')
    .sort((a, b) => a.due.localeCompare(b.due));
}

function kindOf(deadline: IDeadline): 'met' | 'late' | 'open' {
  return deadline.met !== null ? 'met' : Date.parse(deadline.due) < Date.now() ? 'late' : 'open';
}

/** The clocks of a request on one line: received, what was met, what is due, today. */
export function Clocks({ request }: { request: IRequest }): React.ReactElement | null {
  const w = useWords();
  const language = useLanguage();
  const dates = duties(request);
  const begin = Date.parse(request.received);
  const end = Math.max(...dates.map(each => Date.parse(each.due)), begin + 86_400_000);
  const place = (at: number): string =>
    `${Math.min(Math.max(((at - begin) / (end - begin)) * 100, 0), 100)}%`;
  const next = isOpen(request) ? nextDue(request) : null;
  return (
    <div className="cx-Clocks">
      <div className="cx-Clocks-track" aria-hidden="true">
        <span className="cx-Clocks-past" style={{ width: place(Date.now()) }} />
        <span className="cx-Clocks-mark cx-mod-met" style={{ left: 0 }} />
        {isOpen(request) &&
          dates.map(each => (
            <span
              key={each.rule}
              className={`cx-Clocks-mark cx-mod-${kindOf(each)}`}
              style={{ left: place(Date.parse(each.due)) }}
              title={sentence(each, request, w, language)}
            />
          ))}
      </div>
      <div className="cx-Clocks-line">
        <span>{w.received(day(request.received, language))}</span>
        {next ? (
          <span className={kindOf(next) === 'late' ? 'cx-mod-late' : ''}>
            {kindOf(next) === 'late' ? w.overdue : w.next}: {sentence(next, request, w, language)}
          </span>
        ) : (
          <span>{w.nothingDue}</span>
        )}
      </div>
      <details>
        <summary>{w.dates(request.deadlines.length)}</summary>
        <Dates request={request} />
      </details>
    </div>
  );
}

/** Every date that some law sets for a request, and which of them were met. */
export function Dates({ request }: { request: IRequest }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  return (
    <ul className="cx-Clocks-list">
      {request.deadlines.map(each => (
        <li key={each.rule} className={`cx-mod-${kindOf(each)}`} title={each.text}>
          {sentence(each, request, w, language)}
          {each.met && ` · ${w.done} ${day(each.met, language)}`}
        </li>
      ))}
    </ul>
  );
}

/** A deadline in plain words, with the law that sets it. */
function sentence(
  each: IDeadline,
  request: IRequest,
  w: Words,
  language: ReturnType<typeof useLanguage>
): string {
  const date = day(each.due, language);
  const when =
    Date.parse(each.due) - Date.parse(request.received) < 60_000
      ? w.atReceipt
      : each.effect === 'retain'
        ? w.until(date)
        : w.due(date);
  return `${w.duties[each.effect] ?? each.effect} ${when} (${each.source})`;
}
