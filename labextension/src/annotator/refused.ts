/** Doing a refused edit again, on the labels as the others left them. */

import { Labels, Op } from './ops';
import { IRefused } from './queue';

/** The operations that still make sense; a label that the others deleted comes back as we had it. */
export function revived(refused: IRefused, now: Labels): Op[] {
  const mine = new Map(refused.mine);
  const here = new Set(now.keys());
  return refused.ops.flatMap((op): Op[] => {
    if (op.op === 'add' || here.has(op.key)) {
      here.add(op.key);
      return [op];
    }
    const value = mine.get(op.key);
    mine.delete(op.key);
    return value ? [{ op: 'add', key: op.key, value }] : [];
  });
}
