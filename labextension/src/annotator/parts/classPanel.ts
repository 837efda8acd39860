/** The classes: search, choose, create. */

import { IApp } from '../keymap';
import { IClass } from '../types';
import { follow, h } from './dom';
import { icon } from './icons';

/** More rows than this are not drawn: the search finds the rest. */
const ROWS = 150;

export interface IClassPanel {
  element: HTMLElement;
  focus: () => void;
  dispose: () => void;
}

export function classPanel(app: IApp): IClassPanel {
  const { session } = app;
  const list = h('ul', { class: 'classes', 'aria-label': 'Classes' });
  const hint = h('p', { class: 'hint' });
  const search = h('input', {
    class: 'search',
    type: 'text',
    placeholder: 'Find or create a class',
    'aria-label': 'Find or create a class',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: '200',
    on: { input: () => update(), keydown: event => onKey(event) }
  });
  const element = h('section', { class: 'panel grow' }, h('h2', {}, 'Classes'), search, hint, list);

  const choose = (name: string): void => {
    search.value = '';
    session.chooseClass(name);
    update();
    app.stage.element.focus({ preventScroll: true });
  };
  const onKey = (event: KeyboardEvent): void => {
    const wanted = search.value.trim();
    if (event.key === 'Enter' && wanted) {
      choose(matches(session.classes.all, wanted)[0]?.name ?? wanted);
    } else if (event.key === 'Escape') {
      search.value = '';
      update();
      app.stage.element.focus({ preventScroll: true });
    }
  };
  const update = (): void => {
    const wanted = search.value.trim();
    const found = matches(session.classes.all, wanted);
    const rows = found.slice(0, ROWS).map(c => row(app, c, choose));
    if (wanted && !session.classes.all.some(c => c.name === wanted)) {
      rows.push(creation(wanted, choose));
    }
    replace(list, rows);
    hint.textContent = hintText(app, found.length);
    hint.hidden = hint.textContent === '';
  };
  const topics = ['classes', 'labels', 'selection', 'sample'] as const;
  const dispose = follow(session.changed, topics, update);
  return { element, dispose, focus: () => search.focus({ preventScroll: true }) };
}

/** The classes whose name has the words, exact and leading matches first. */
export function matches(all: readonly IClass[], wanted: string): IClass[] {
  const needle = wanted.toLowerCase();
  const rank = (name: string): number =>
    name === needle ? 0 : name.startsWith(needle) ? 1 : name.includes(needle) ? 2 : 3;
  return all
    .map(c => ({ c, rank: rank(c.name.toLowerCase()) }))
    .filter(entry => entry.rank < 3)
    .sort((a, b) => (needle ? a.rank - b.rank : 0))
    .map(entry => entry.c);
}

function row({ session }: IApp, entry: IClass, choose: (name: string) => void): HTMLElement {
  const index = session.classes.all.indexOf(entry);
  const count = [...session.labels.values()].filter(
    l => l.class_name === entry.name && l.state !== 'rejected'
  ).length;
  const chosen = session.selectedLabel?.class_name ?? session.classes.active;
  const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = session.classes.color(entry.name);
  return h(
    'li',
    {},
    h(
      'button',
      {
        type: 'button',
        class: 'class',
        'data-name': entry.name,
        'aria-pressed': String(chosen === entry.name),
        on: { click: () => choose(entry.name) }
      },
      swatch,
      h('span', { class: 'label', title: entry.name }, entry.name),
      count > 0 && h('span', { class: 'count' }, String(count)),
      index < 9 && h('kbd', {}, String(index + 1))
    )
  );
}

function creation(name: string, choose: (name: string) => void): HTMLElement {
  return h(
    'li',
    {},
    h(
      'button',
      { type: 'button', class: 'class create', on: { click: () => choose(name) } },
      icon('plus'),
      h('span', { class: 'label' }, `Create “${name}”`)
    )
  );
}

/** New rows for old ones; the focus stays on the row of the same class. */
function replace(list: HTMLElement, rows: HTMLElement[]): void {
  const root = list.getRootNode() as ShadowRoot;
  const focused = list.contains(root.activeElement)
    ? (root.activeElement as HTMLElement).dataset.name
    : undefined;
  list.replaceChildren(...rows);
  if (focused !== undefined) {
    list.querySelector<HTMLElement>(`[data-name="${CSS.escape(focused)}"]`)?.focus();
  }
}

function hintText({ session }: IApp, found: number): string {
  if (session.unnamed) {
    return 'Name the class of the new box and press Enter.';
  }
  if (session.classes.all.length === 0) {
    return 'No classes yet: draw a box, then name its class.';
  }
  return found > ROWS ? `${(found - ROWS).toLocaleString()} more: type to find them.` : '';
}
