/** The head of a run card: what it is, how far it is, when it will be done, and what can be done about it. */

import { h } from '../../annotator/parts/dom';
import { IPlace } from '../../annotator/http';
import { act, IRun, isOver } from './api';
import { IPart } from './part';

const WORDS: Record<IRun['status'], string> = {
  queued: 'Waiting',
  running: 'Running',
  succeeded: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
  lost: 'Lost'
};

export function status(place: IPlace, onAct: () => void): IPart {
  const title = h('h2', {});
  const badge = h('span', { class: 'badge' });
  const bar = h('div', { class: 'fill-bar' });
  const meter = h(
    'div',
    { class: 'meter', role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' },
    bar
  );
  const message = h('span', { class: 'message' });
  const time = h('span', { class: 'quiet time' });
  const trouble = h('p', { class: 'trouble', role: 'alert', hidden: true });
  let id = '';
  const button = (label: string, what: 'cancel' | 'resume'): HTMLButtonElement => {
    const made = h('button', { type: 'button', class: 'action', hidden: true }, label);
    made.addEventListener('click', () => {
      made.disabled = true;
      act(place, id, what)
        .then(onAct, (error: Error) => tell(error.message))
        .finally(() => (made.disabled = false));
    });
    return made;
  };
  const tell = (text: string): void => {
    trouble.textContent = text;
    trouble.hidden = text === '';
  };
  const cancel = button('Cancel', 'cancel');
  const resume = button('Resume', 'resume');
  const element = h(
    'div',
    { class: 'status' },
    h('header', {}, title, badge, h('span', { class: 'gap' }), cancel, resume),
    meter,
    h('div', { class: 'under' }, message, time),
    trouble
  );
  const update = (run: IRun): void => {
    id = run.id;
    const percent = run.status === 'succeeded' ? 100 : Math.round(run.progress * 100);
    title.textContent = run.title;
    badge.textContent = WORDS[run.status];
    element.dataset.status = run.status;
    bar.style.width = `${percent}%`;
    meter.setAttribute('aria-valuenow', String(percent));
    meter.setAttribute('aria-label', run.title);
    const problem = run.problem?.detail ?? '';
    const said = [`${WORDS[run.status]}.`, WORDS[run.status], problem].includes(run.message);
    message.textContent = said ? '' : run.message;
    time.textContent = timeText(run, percent);
    cancel.hidden = isOver(run);
    resume.hidden = run.kind !== 'train' || !['cancelled', 'failed', 'lost'].includes(run.status);
    tell(problem);
  };
  return { element, update };
}

/** `42 % · 3 min left`, or how long it took. */
export function timeText(run: IRun, percent: number, now = Date.now()): string {
  if (isOver(run)) {
    const seconds = (Date.parse(run.ended ?? '') - Date.parse(run.started ?? '')) / 1000;
    const spent = seconds < 10 ? `${Math.max(0, seconds).toFixed(1)} s` : duration(seconds);
    return Number.isFinite(seconds) ? `took ${spent}` : '';
  }
  const left = run.eta_s ?? guess(run, now);
  return run.status === 'queued'
    ? ''
    : `${percent} %${left === null ? '' : ` · ${duration(left)} left`}`;
}

function guess(run: IRun, now: number): number | null {
  const spent = (now - Date.parse(run.started ?? '')) / 1000;
  return run.progress > 0.003 && spent > 3 ? (spent / run.progress) * (1 - run.progress) : null;
}

export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) {
    return `${s} s`;
  }
  return s < 3600
    ? [`${Math.floor(s / 60)} min`, s % 60 ? `${s % 60} s` : ''].join(' ').trim()
    : `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
