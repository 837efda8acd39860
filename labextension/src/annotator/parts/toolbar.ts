/** The row above the picture: where one is, what can be done, and whether it is saved. */

import { IApp, KEYS } from '../keymap';
import { ISaveState } from '../queue';
import { follow, h } from './dom';
import { icon, Icon } from './icons';

type Update = () => void;

/** A save that is faster does not change the look: the word would only flicker. */
const GLANCE_MS = 300;

export function toolbar(app: IApp): { element: HTMLElement; dispose: () => void } {
  const updates: Update[] = [];
  const button = (name: Icon, label: string, enabled?: () => boolean): HTMLButtonElement => {
    const entry = KEYS.find(key => key.label === label);
    const title = entry ? `${label} (${pretty(entry.keys[0])})` : label;
    const made = h(
      'button',
      {
        class: 'tool',
        title,
        'aria-label': label,
        type: 'button',
        on: { click: () => void entry?.run(app) }
      },
      icon(name)
    );
    updates.push(() => {
      made.disabled = enabled ? !enabled() : false;
    });
    return made;
  };
  const { session } = app;
  const element = h(
    'div',
    { class: 'bar', role: 'toolbar', 'aria-label': 'Annotator' },
    button('previous', 'Previous image', () => session.index > 0),
    position(app, updates),
    button('next', 'Next image', () => session.index + 1 < session.list.ids.length),
    name(app, updates),
    h('span', { class: 'gap' }),
    button('undo', 'Undo', () => session.history.canUndo),
    button('redo', 'Redo', () => session.history.canRedo),
    h('span', { class: 'rule' }),
    button('copy', 'Copy boxes of the previous image', () => session.index > 0),
    button('remove', 'Delete the selected box', () => session.selected !== null),
    h('span', { class: 'rule' }),
    button('minus', 'Zoom out'),
    button('plus', 'Zoom in'),
    button('fit', 'Fit the image'),
    namesToggle(button('names', 'Show or hide names'), app, updates),
    h('span', { class: 'rule' }),
    saveState(app, updates),
    button('help', 'Show these keys')
  );
  const topics = ['sample', 'labels', 'selection', 'list', 'save', 'settings'] as const;
  return { element, dispose: follow(session.changed, topics, () => updates.forEach(u => u())) };
}

/** A key as people read it. */
export function pretty(key: string): string {
  const arrows: Record<string, string> = {
    ArrowLeft: '←',
    ArrowRight: '→',
    ArrowUp: '↑',
    ArrowDown: '↓'
  };
  return key
    .split(/\+(?=.)/)
    .map(part => arrows[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(' ');
}

function position({ session, stage }: IApp, updates: Update[]): HTMLElement {
  const input = h('input', {
    class: 'number',
    inputmode: 'numeric',
    'aria-label': 'Number of the image',
    on: {
      change: () => {
        void session.goTo(Number(input.value) - 1);
        input.value = String(session.index + 1);
        stage.element.focus({ preventScroll: true });
      }
    }
  });
  const total = h('span', { class: 'quiet' });
  updates.push(() => {
    input.value = String(session.index + 1);
    input.style.width = `${String(session.list.ids.length).length + 1.5}ch`;
    total.textContent = `/ ${session.list.ids.length.toLocaleString()}`;
  });
  return h('span', { class: 'position' }, input, total);
}

function name({ session }: IApp, updates: Update[]): HTMLElement {
  const element = h('span', { class: 'name' });
  updates.push(() => {
    element.textContent = session.sample?.name ?? '';
    element.title = session.sample
      ? `${session.sample.name}, ${session.sample.width} × ${session.sample.height}`
      : '';
  });
  return element;
}

function namesToggle(button: HTMLButtonElement, { session }: IApp, updates: Update[]): HTMLElement {
  updates.push(() => button.setAttribute('aria-pressed', String(session.showNames)));
  return button;
}

function saveState({ session }: IApp, updates: Update[]): HTMLElement {
  const text = h('span');
  const element = h(
    'button',
    { class: 'save', type: 'button', on: { click: () => session.queue.retryNow() } },
    h('span', { class: 'dot', 'aria-hidden': 'true' }),
    text
  );
  let slow: ReturnType<typeof setTimeout> | undefined;
  const show = (): void => {
    const { save } = session;
    element.toggleAttribute('data-slow', save.status === 'saving');
    text.textContent = saveText(save);
    element.title = saveTitle(save);
  };
  updates.push(() => {
    const { status } = session.save;
    element.dataset.state = status;
    if (status === 'saving') {
      slow ??= setTimeout(show, GLANCE_MS);
    } else {
      clearTimeout(slow);
      slow = undefined;
      show();
    }
  });
  return element;
}

export function saveText({ status, unsaved }: ISaveState): string {
  const words = { saved: 'Saved', saving: 'Saving…', offline: `Offline: ${unsaved} unsaved` };
  return words[status];
}

function saveTitle({ status, reason, kept }: ISaveState): string {
  if (status !== 'offline') {
    return 'Every change is saved at once.';
  }
  const safe = kept
    ? 'Your changes are kept in this browser and sent as soon as it answers; click to try now.'
    : 'This browser cannot keep them: leave the page open. Click to try now.';
  return `${reason} ${safe}`;
}
