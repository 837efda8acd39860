/** Copies the boxes of the image before this one. */

import { clamp, ISize } from './geometry';
import { Op } from './ops';
import { Session } from './session';
import { Bbox, ILabelIn } from './types';
import { uuid } from './uuid';

/** Adds the accepted boxes of the previous image that are not here yet, cut to this image. Returns how many. */
export async function copyPrevious(session: Session): Promise<number> {
  const { sample, index, list } = session;
  if (!sample || index < 1) {
    return 0;
  }
  const before = await list.at(index - 1);
  const known = session.labelsOf(before.id);
  const there = known.size > 0 ? [...known.values()] : before.labels;
  const here = [...session.labels.values()];
  const ops = there
    .map(label => copied(label, sample))
    .filter(label => label && !here.some(other => same(other, label)))
    .map((label): Op => ({ op: 'add', key: uuid(), value: label as ILabelIn }));
  session.edit(ops);
  return ops.length;
}

function copied(label: ILabelIn, size: ISize): ILabelIn | null {
  if (label.kind !== 'box' || label.state !== 'accepted' || !label.bbox) {
    return null;
  }
  const bbox = cut(label.bbox, size);
  const { class_name, kind } = label;
  const made = { class_name, kind, bbox, source: 'human', state: 'accepted' } as const;
  return bbox[2] >= 1 && bbox[3] >= 1 ? made : null;
}

function cut([x, y, w, h]: Bbox, { width, height }: ISize): Bbox {
  const left = clamp(x, 0, width);
  const top = clamp(y, 0, height);
  return [left, top, clamp(x + w, 0, width) - left, clamp(y + h, 0, height) - top];
}

function same(a: ILabelIn, b: ILabelIn): boolean {
  return a.class_name === b.class_name && String(a.bbox) === String(b.bbox);
}
