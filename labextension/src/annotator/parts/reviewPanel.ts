/** Suggestions of a model on this image: threshold, accept and reject all. */

import { IApp } from '../keymap';
import { decideAll, suggestions } from '../review';
import { LabelState } from '../types';
import { follow, h } from './dom';
import { icon } from './icons';

export function reviewPanel(app: IApp): { element: HTMLElement; dispose: () => void } {
  const { session } = app;
  const count = h('span', { class: 'count' });
  const value = h('output', { class: 'value' });
  const slider = h('input', {
    type: 'range',
    min: '0',
    max: '1',
    step: '0.01',
    'aria-label': 'Least confidence of suggestions',
    on: {
      input: () => {
        session.threshold = Number(slider.value);
        session.changed.emit('settings');
      }
    }
  });
  const act = (state: LabelState, name: 'accept' | 'reject', label: string): HTMLButtonElement =>
    h(
      'button',
      {
        type: 'button',
        class: `action ${name}`,
        title: `${label} above the threshold`,
        on: {
          click: () => {
            app.say(`${decideAll(session, state)} suggestions ${state}`);
            app.stage.element.focus({ preventScroll: true });
          }
        }
      },
      icon(name),
      label
    );
  const accept = act('accepted', 'accept', 'Accept all');
  const reject = act('rejected', 'reject', 'Reject all');
  const element = h(
    'section',
    { class: 'panel' },
    h('h2', {}, 'Suggestions', count),
    h('label', { class: 'slide' }, h('span', { class: 'quiet' }, 'Confidence ≥'), slider, value),
    h('div', { class: 'actions' }, accept, reject)
  );
  const update = (): void => {
    const open = [...session.labels.values()].filter(l => l.state === 'suggested').length;
    const shown = suggestions(session).length;
    element.hidden = open === 0;
    count.textContent = shown === open ? String(open) : `${shown} of ${open}`;
    slider.value = String(session.threshold);
    value.textContent = session.threshold.toFixed(2);
    accept.disabled = reject.disabled = shown === 0;
  };
  const dispose = follow(session.changed, ['labels', 'sample', 'settings'], update);
  return { element, dispose };
}
