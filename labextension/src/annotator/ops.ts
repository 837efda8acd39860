/**
 * Changes of one image's labels. A label has a local key for its whole life here, whatever id the store gives it;
 * `apply` never changes its input and tells how to take the change back.
 */

import { ILabelIn } from './types';

export type Labels = ReadonlyMap<string, ILabelIn>;

export type Op =
  | { op: 'add'; key: string; value: ILabelIn }
  | { op: 'set'; key: string; set: Partial<ILabelIn> }
  | { op: 'delete'; key: string };

export interface IChange {
  labels: Labels;
  inverse: Op[];
}

/** Applies the changes in order. Those of labels that are gone are passed over. */
export function apply(labels: Labels, ops: readonly Op[]): IChange {
  const next = new Map(labels);
  const inverse: Op[] = [];
  for (const op of ops) {
    const before = next.get(op.key);
    if (op.op === 'add') {
      next.set(op.key, op.value);
      inverse.unshift(
        before ? { op: 'set', key: op.key, set: before } : { op: 'delete', key: op.key }
      );
    } else if (before && op.op === 'set') {
      next.set(op.key, { ...before, ...op.set });
      inverse.unshift({ op: 'set', key: op.key, set: pick(before, op.set) });
    } else if (before) {
      next.delete(op.key);
      inverse.unshift({ op: 'add', key: op.key, value: before });
    }
  }
  return { labels: next, inverse };
}

function pick(from: ILabelIn, like: Partial<ILabelIn>): Partial<ILabelIn> {
  const names = Object.keys(like) as (keyof ILabelIn)[];
  return Object.fromEntries(names.map(name => [name, from[name] ?? null]));
}
