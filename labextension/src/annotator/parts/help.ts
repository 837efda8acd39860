/** The list of all keys, as a dialog over the picture. */

import { IKey, KEYS } from '../keymap';
import { h } from './dom';
import { icon } from './icons';
import { pretty } from './toolbar';

const MOUSE: [string, string][] = [
  ['Drag', 'Draw a box; on a selected box: move it'],
  ['Shift drag', 'Draw inside a selected box'],
  ['Wheel, pinch', 'Zoom'],
  ['Space drag', 'Move the picture; also with the middle button']
];

export interface IHelp {
  element: HTMLElement;
  toggle: () => void;
  close: () => boolean;
}

export function help(onClose: () => void): IHelp {
  const close = (): boolean => {
    const open = !element.hidden;
    element.hidden = true;
    if (open) {
      onClose();
    }
    return open;
  };
  const shut = h(
    'button',
    { type: 'button', class: 'tool', 'aria-label': 'Close', on: { click: close } },
    icon('reject')
  );
  const element = h(
    'div',
    { class: 'help', role: 'dialog', 'aria-label': 'Keys', hidden: true },
    h(
      'div',
      { class: 'sheet' },
      h('header', {}, h('h2', {}, 'Keys'), shut),
      h('div', { class: 'columns' }, ...groups())
    )
  );
  const toggle = (): void => {
    if (!close()) {
      element.hidden = false;
      shut.focus();
    }
  };
  return { element, toggle, close };
}

function groups(): HTMLElement[] {
  const names = [...new Set(KEYS.map(key => key.group))];
  const keyed = names.map(name => group(name, rows(KEYS.filter(key => key.group === name))));
  return [group('Pointer', MOUSE), ...keyed];
}

/** One row for each thing one can do; nine digits and four arrows share theirs. */
function rows(keys: IKey[]): [string, string][] {
  const found = new Map<string, string>();
  for (const { keys: chords, label } of keys) {
    const digit = /^Class \d/.test(label);
    const arrow = chords[0].includes('+Arrow');
    const said = digit ? 'Class of the selected or next box' : label;
    const shown = digit
      ? '1 … 9'
      : arrow
        ? chords[0].replace(/Arrow.*/, 'arrows')
        : chords.slice(0, 2).map(pretty).join(', ');
    found.set(said, arrow ? pretty(shown) : shown);
  }
  return [...found].map(([label, keys_]) => [keys_, label]);
}

function group(name: string, entries: [string, string][]): HTMLElement {
  return h(
    'section',
    {},
    h('h3', {}, name),
    h(
      'dl',
      {},
      ...entries.flatMap(([keys, label]) => [h('dt', {}, h('kbd', {}, keys)), h('dd', {}, label)])
    )
  );
}
