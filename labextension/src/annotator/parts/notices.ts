/** Short notices over the picture; one about a refused edit asks which version to keep. */

import { IRefused } from '../queue';
import { INotice, Session } from '../session';
import { follow, h } from './dom';

const SHOWN = 3;

export function notices(session: Session): { element: HTMLElement; dispose: () => void } {
  const element = h('div', { class: 'notices', role: 'alert' });
  let before = '';
  let drawn: INotice[] = [];
  const dispose = follow(session.changed, ['notices', 'labels', 'list', 'sample'], () => {
    const cards = session.notices.slice(0, SHOWN).map(notice => card(session, notice));
    const more = session.notices.length - SHOWN;
    const rest = more > 0 ? [h('div', { class: 'notice' }, `${more} more after these.`)] : [];
    const now = [...cards, ...rest];
    const said = now.map(one => one.textContent).join('\n');
    if (said !== before || session.notices.some((notice, i) => notice !== drawn[i])) {
      before = said;
      drawn = session.notices;
      element.replaceChildren(...now);
    }
  });
  return { element, dispose };
}

function card(session: Session, notice: INotice): HTMLElement {
  const button = (label: string, run: () => void): HTMLElement =>
    h('button', { type: 'button', class: 'action', on: { click: run } }, label);
  const { refused } = notice;
  const drop = (): void => session.dismiss(notice);
  const again = (): void => void session.insist(notice);
  const answers = refused?.conflict
    ? [button('Keep mine', again), button('Keep theirs', drop)]
    : refused
      ? [button('Try again', again), button('Drop my change', drop)]
      : [button('Close', drop)];
  const away = refused && refused.sample !== session.sample?.id;
  const show = away ? [button('Show', () => void session.show(refused))] : [];
  const [lead, text] = words(session, notice);
  return h(
    'div',
    { class: 'notice' },
    lead && h('strong', {}, lead),
    h('span', {}, text),
    h('div', { class: 'actions' }, ...show, ...answers)
  );
}

function words(session: Session, { text, refused }: INotice): [lead: string, text: string] {
  if (!refused?.conflict) {
    return [refused ? 'A change was not taken.' : '', text];
  }
  const classes = [...new Set(refused.mine.map(([, label]) => label.class_name))].join(', ');
  const image = session.list.peek(session.list.ids.indexOf(refused.sample))?.name ?? 'an image';
  return [conflict(session, refused), `${classes || 'A label'} in ${image}`];
}

function conflict(session: Session, { sample, ops, mine }: IRefused): string {
  if (sample !== session.sample?.id) {
    return 'Somebody else changed this first. Theirs is in the store, yours is kept here.';
  }
  if (mine.length === 0) {
    return 'You deleted this, but somebody else changed it first. Theirs is shown.';
  }
  return ops.some(op => session.labels.has(op.key))
    ? 'Somebody else changed this first. Theirs is shown, yours is kept as a dotted outline.'
    : 'Somebody else deleted this first. Yours is kept as a dotted outline.';
}
