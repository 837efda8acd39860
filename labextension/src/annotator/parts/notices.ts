/** Short notices over the picture; one about a refused edit asks which version to keep. */

import { INotice, Session } from '../session';
import { follow, h } from './dom';

export function notices(session: Session): { element: HTMLElement; dispose: () => void } {
  const element = h('div', { class: 'notices', role: 'alert' });
  const dispose = follow(session.changed, ['notices'], () => {
    element.replaceChildren(...session.notices.map(notice => card(session, notice)));
  });
  return { element, dispose };
}

function card(session: Session, notice: INotice): HTMLElement {
  const button = (label: string, run: () => void): HTMLElement =>
    h('button', { type: 'button', class: 'action', on: { click: run } }, label);
  const drop = (): void => session.dismiss(notice);
  const actions = notice.refused?.conflict
    ? [button('Keep mine', () => void session.insist(notice)), button('Keep theirs', drop)]
    : notice.refused
      ? [button('Try again', () => void session.insist(notice)), button('Drop my change', drop)]
      : [button('Close', drop)];
  const [lead, text] = words(session, notice);
  return h(
    'div',
    { class: 'notice' },
    lead && h('strong', {}, lead),
    h('span', {}, text),
    h('div', { class: 'actions' }, ...actions)
  );
}

function words(session: Session, { text, refused }: INotice): [lead: string, text: string] {
  if (!refused?.conflict) {
    return [refused ? 'A change was not taken.' : '', text];
  }
  const classes = [...new Set(refused.mine.map(([, label]) => label.class_name))].join(', ');
  const image = session.list.peek(session.list.ids.indexOf(refused.sample))?.name ?? 'an image';
  const lead =
    'Somebody else changed this first. Theirs is shown, yours is kept as a dotted outline.';
  return [lead, `${classes || 'A label'} in ${image}`];
}
