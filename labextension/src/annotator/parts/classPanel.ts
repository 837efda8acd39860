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
  let drawn = new Map<string, { said: string; element: HTMLElement }>();

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
    const before = drawn;
    drawn = new Map();
    const rows = facts(app, found.slice(0, ROWS)).map(fact => {
      const said = JSON.stringify(fact);
      const old = before.get(fact.name);
      const now = old?.said === said ? old : { said, element: row(fact, choose) };
      drawn.set(fact.name, now);
      return now.element;
    });
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

/** What a row shows: it is made again only when that changed, which most edits do not do. */
interface IFact {
  name: string;
  color: string;
  count: number;
  chosen: boolean;
  digit: number | null;
}

function facts({ session }: IApp, shown: IClass[]): IFact[] {
  const { classes, labels, selectedLabel } = session;
  const counts = new Map<string, number>();
  for (const { class_name, state } of labels.values()) {
    if (state !== 'rejected') {
      counts.set(class_name, (counts.get(class_name) ?? 0) + 1);
    }
  }
  const digits = new Map(classes.all.slice(0, 9).map((c, index) => [c.name, index + 1]));
  const chosen = selectedLabel?.class_name ?? classes.active;
  return shown.map(({ name }) => ({
    name,
    color: classes.color(name),
    count: counts.get(name) ?? 0,
    chosen: name === chosen,
    digit: digits.get(name) ?? null
  }));
}

function row(fact: IFact, choose: (name: string) => void): HTMLElement {
  const { name, color, count, chosen, digit } = fact;
  const swatch = h('span', { class: 'swatch', 'aria-hidden': 'true' });
  swatch.style.background = color;
  return h(
    'li',
    {},
    h(
      'button',
      {
        type: 'button',
        class: 'class',
        'data-name': name,
        'aria-pressed': String(chosen),
        on: { click: () => choose(name) }
      },
      swatch,
      h('span', { class: 'label', title: name }, name),
      count > 0 && h('span', { class: 'count' }, String(count)),
      digit !== null && h('kbd', {}, String(digit))
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

/** New rows for old ones, those that stay untouched; the focus stays on the row of the same class. */
function replace(list: HTMLElement, rows: HTMLElement[]): void {
  const root = list.getRootNode() as ShadowRoot;
  const focused = list.contains(root.activeElement)
    ? (root.activeElement as HTMLElement).dataset.name
    : undefined;
  const staying = new Set<Element>(rows);
  [...list.children].forEach(child => staying.has(child) || child.remove());
  rows.forEach((one, at) => {
    if (list.children[at] !== one) {
      list.insertBefore(one, list.children[at] ?? null);
    }
  });
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
