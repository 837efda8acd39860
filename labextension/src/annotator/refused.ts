/** Doing a refused edit again, on the labels as the others left them. */

import { Labels, Op } from './ops';
import { IRefused } from './queue';

/** The operations that still make sense; a label that the others deleted comes back as we had it. */
export function revived(refused: IRefused, now: Labels): Op[] {
  const mine = new Map(refused.mine);
  return refused.ops.flatMap((op): Op[] => {
    const value = mine.get(op.key);
    if (op.op === 'set' && !now.has(op.key) && value) {
      return [{ op: 'add', key: op.key, value }];
    }
    return op.op === 'add' || now.has(op.key) ? [op] : [];
  });
}
