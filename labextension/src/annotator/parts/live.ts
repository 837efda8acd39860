/** Says aloud, for screen readers, what the canvas shows. */

import { Session } from '../session';
import { ILabelIn } from '../types';
import { h } from './dom';
import { saveText } from './toolbar';

export interface ILive {
  element: HTMLElement;
  say: (text: string) => void;
  dispose: () => void;
}

export function live(session: Session): ILive {
  const element = h('div', { class: 'unseen', 'aria-live': 'polite', role: 'status' });
  const say = (text: string): void => {
    element.textContent = text;
  };
  let saved = session.save.status;
  const dispose = session.changed.connect(topic => {
    if (topic === 'sample' && session.sample) {
      say(imageText(session));
    } else if (topic === 'selection' && session.selectedLabel) {
      say(labelText(session.selectedLabel));
    } else if (topic === 'save' && (session.save.status === 'offline') !== (saved === 'offline')) {
      saved = session.save.status;
      say(saveText(session.save));
    }
  });
  return { element, say, dispose };
}

export function imageText(session: Session): string {
  const count = [...session.labels.values()].filter(l => l.state !== 'rejected').length;
  const name = session.sample?.name ?? '';
  return `Image ${session.index + 1} of ${session.list.ids.length}, ${name}, ${count} labels`;
}

export function labelText(label: ILabelIn): string {
  const [x, y, w, h] = (label.bbox ?? []).map(Math.round);
  const where = label.bbox ? `, ${w} by ${h} at ${x}, ${y}` : '';
  const sure =
    typeof label.confidence === 'number' ? `, confidence ${label.confidence.toFixed(2)}` : '';
  return `${label.class_name}${where}${label.state === 'suggested' ? ', suggestion' : ''}${sure}`;
}
