/** All keys of the annotator, as data: the same list drives the keyboard and the help. */

import { copyPrevious } from './copying';
import { kindOf } from './kinds';
import { decide, decideAll, isShown } from './review';
import { Session } from './session';
import { Stage } from './stage';
import { toImage } from './viewport';

/** What a key may act on. */
export interface IApp {
  session: Session;
  stage: Stage;
  /** Shows or hides the list of keys. */
  toggleHelp: () => void;
  /** Puts the caret into the class search. */
  findClass: () => void;
  /** Gives up whatever is going on. */
  escape: () => void;
  say: (text: string) => void;
}

export interface IKey {
  /** As `chord` spells them; the first is shown in the help. */
  keys: string[];
  group: 'Images' | 'Boxes' | 'Classes' | 'Suggestions' | 'View';
  label: string;
  run: (app: IApp) => unknown;
}

const go = (by: number) => (app: IApp) => app.session.goTo(app.session.index + by);

export const KEYS: readonly IKey[] = [
  { keys: ['n', 'ArrowRight'], group: 'Images', label: 'Next image', run: go(1) },
  { keys: ['p', 'ArrowLeft'], group: 'Images', label: 'Previous image', run: go(-1) },
  { keys: ['v'], group: 'Images', label: 'Copy boxes of the previous image', run: copy },
  { keys: ['Ctrl+z'], group: 'Boxes', label: 'Undo', run: app => app.session.undo() },
  {
    keys: ['Ctrl+Shift+z', 'Ctrl+y'],
    group: 'Boxes',
    label: 'Redo',
    run: app => app.session.redo()
  },
  {
    keys: ['Delete', 'Backspace', 'd'],
    group: 'Boxes',
    label: 'Delete the selected box',
    run: remove
  },
  { keys: [']'], group: 'Boxes', label: 'Select the next box', run: app => cycle(app, 1) },
  { keys: ['['], group: 'Boxes', label: 'Select the previous box', run: app => cycle(app, -1) },
  { keys: ['b'], group: 'Boxes', label: 'New box in the middle', run: middle },
  ...nudges('Alt+', 'whole', 'Move the selected box'),
  ...nudges('Alt+Shift+', 'se', 'Resize the selected box'),
  { keys: ['Escape'], group: 'Boxes', label: 'Deselect, cancel', run: app => app.escape() },
  {
    keys: ['/', 'c'],
    group: 'Classes',
    label: 'Find or create a class',
    run: app => app.findClass()
  },
  ...digits(),
  {
    keys: ['a'],
    group: 'Suggestions',
    label: 'Accept, go to the next',
    run: app => decide(app.session, 'accepted')
  },
  {
    keys: ['x'],
    group: 'Suggestions',
    label: 'Reject, go to the next',
    run: app => decide(app.session, 'rejected')
  },
  {
    keys: ['Shift+a'],
    group: 'Suggestions',
    label: 'Accept all above the threshold',
    run: app => all(app, 'accepted')
  },
  {
    keys: ['Shift+x'],
    group: 'Suggestions',
    label: 'Reject all above the threshold',
    run: app => all(app, 'rejected')
  },
  { keys: ['+', '='], group: 'View', label: 'Zoom in', run: app => app.stage.zoom(1.25) },
  { keys: ['-'], group: 'View', label: 'Zoom out', run: app => app.stage.zoom(0.8) },
  { keys: ['0'], group: 'View', label: 'Fit the image', run: app => app.stage.fit() },
  { keys: ['h'], group: 'View', label: 'Show or hide names', run: names },
  { keys: ['?'], group: 'View', label: 'Show these keys', run: app => app.toggleHelp() }
];

/** How a key event is written above. On a Mac, Command counts as Ctrl. */
export function chord(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const letter = key.length > 1 || /[a-z]/.test(key);
  const parts = [
    event.ctrlKey || event.metaKey ? 'Ctrl+' : '',
    event.altKey ? 'Alt+' : '',
    event.shiftKey && letter ? 'Shift+' : ''
  ];
  return parts.join('') + key;
}

const BY_CHORD = new Map(KEYS.flatMap(entry => entry.keys.map(key => [key, entry] as const)));

export function keyFor(event: KeyboardEvent): IKey | undefined {
  return BY_CHORD.get(chord(event));
}

function digits(): IKey[] {
  return Array.from({ length: 9 }, (_, i) => ({
    keys: [String(i + 1)],
    group: 'Classes' as const,
    label: `Class ${i + 1}, for the selected box or the next`,
    run: (app: IApp): void => {
      const found = app.session.classes.all[i];
      if (found) {
        app.session.chooseClass(found.name);
        app.say(`Class ${found.name}`);
      }
    }
  }));
}

function nudges(prefix: string, grip: string, label: string): IKey[] {
  const ways: [string, number, number][] = [
    ['ArrowLeft', -1, 0],
    ['ArrowRight', 1, 0],
    ['ArrowUp', 0, -1],
    ['ArrowDown', 0, 1]
  ];
  return ways.map(([arrow, dx, dy]) => ({
    keys: [prefix + arrow],
    group: 'Boxes' as const,
    label,
    run: (app: IApp): void => nudge(app, grip, dx, dy)
  }));
}

function nudge({ session, stage }: IApp, grip: string, dx: number, dy: number): void {
  const label = session.selectedLabel;
  const step = Math.max(1, Math.round(1 / stage.viewport.scale));
  const shape = label && kindOf(label.kind).drag(label, grip, dx * step, dy * step, stage.image);
  if (shape && session.selected !== null) {
    session.change(session.selected, shape);
  }
}

function remove({ session }: IApp): void {
  if (session.selected !== null) {
    session.remove(session.selected);
  }
}

function cycle({ session }: IApp, by: number): void {
  const keys = [...session.labels]
    .filter(([, label]) => isShown(label, session.threshold))
    .map(([key]) => key);
  const at = keys.indexOf(session.selected ?? '');
  const next = at < 0 && by < 0 ? keys.length - 1 : at + by;
  session.select(keys[(next + keys.length) % keys.length] ?? null);
}

/** A box of a quarter of what is in view: the keyboard's way to begin one. */
function middle({ session, stage }: IApp): void {
  const { width, height } = stage.size;
  const draft =
    session.sample && kindOf('box').begin(at(stage, width * 0.4, height * 0.4), stage.image);
  draft?.move(at(stage, width * 0.6, height * 0.6));
  if (draft?.shape) {
    session.place({ kind: 'box', ...draft.shape });
  }
}

function at(stage: Stage, x: number, y: number): { x: number; y: number } {
  return toImage(stage.viewport, { x, y });
}

async function copy(app: IApp): Promise<void> {
  const count = await copyPrevious(app.session);
  app.say(count === 1 ? '1 box copied' : `${count} boxes copied`);
}

function all(app: IApp, state: 'accepted' | 'rejected'): void {
  app.say(`${decideAll(app.session, state)} suggestions ${state}`);
}

function names({ session }: IApp): void {
  session.showNames = !session.showNames;
  session.changed.emit('settings');
}
