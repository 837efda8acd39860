/** Suggestions of a model: which are shown, and accepting or rejecting them one by one or all together. */

import { Op } from './ops';
import { Session } from './session';
import { ILabelIn, LabelState } from './types';

/** Whether the label is drawn at this confidence threshold. */
export function isShown(label: ILabelIn, threshold: number): boolean {
  if (label.state === 'rejected') {
    return false;
  }
  return label.state !== 'suggested' || (label.confidence ?? 1) >= threshold;
}

/** Keys of the suggestions above the threshold, the most certain first. */
export function suggestions(session: Session): string[] {
  return [...session.labels]
    .filter(([, l]) => l.state === 'suggested' && isShown(l, session.threshold))
    .sort(([, a], [, b]) => (b.confidence ?? 1) - (a.confidence ?? 1))
    .map(([key]) => key);
}

/** Decides the selected suggestion and goes on to the next; without one, selects the most certain. */
export function decide(session: Session, state: LabelState): void {
  const open = suggestions(session);
  const at = open.indexOf(session.selected ?? '');
  if (at < 0) {
    session.select(open[0] ?? null);
    return;
  }
  session.edit([{ op: 'set', key: open[at], set: { state } }]);
  session.select(open[at + 1] ?? open[at - 1] ?? null);
}

/** Decides all suggestions of the image above the threshold; one step for undo. Returns how many. */
export function decideAll(session: Session, state: LabelState): number {
  const keys = suggestions(session);
  session.edit(keys.map((key): Op => ({ op: 'set', key, set: { state } })));
  return keys.length;
}
