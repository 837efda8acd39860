/** Axis-parallel boxes. */

import {
  contains,
  edgeDistance,
  fromCorners,
  Handle,
  handlePoint,
  HANDLES,
  IPoint,
  ISize,
  move,
  resize
} from '../geometry';
import { IViewport } from '../viewport';
import { IDraft, IGrip, IKind, Shape } from './kind';

/** Anything smaller than this, in image pixels, was a click and not a box. */
const LEAST = 1;

class BoxDraft implements IDraft {
  constructor(
    private readonly _from: IPoint,
    private readonly _size: ISize
  ) {
    this._to = _from;
  }

  move(p: IPoint): void {
    this._to = p;
  }

  get shape(): Shape | null {
    const bbox = fromCorners(this._from, this._to, this._size);
    return bbox[2] >= LEAST && bbox[3] >= LEAST ? { bbox } : null;
  }

  private _to: IPoint;
}

export const box: IKind = {
  kind: 'box',
  bounds: label => label.bbox ?? null,

  hit(label, p, slack) {
    if (!label.bbox || !contains(label.bbox, p, slack)) {
      return null;
    }
    return edgeDistance(label.bbox, p) <= slack ? 'edge' : 'inside';
  },

  trace(path: Path2D, label: Shape, v: IViewport): void {
    const [x, y, w, h] = label.bbox ?? [0, 0, 0, 0];
    path.rect(
      Math.round(x * v.scale + v.x) + 0.5,
      Math.round(y * v.scale + v.y) + 0.5,
      Math.round(w * v.scale),
      Math.round(h * v.scale)
    );
  },

  grips(label): IGrip[] {
    const bbox = label.bbox;
    return bbox
      ? HANDLES.map(name => ({
          name,
          at: handlePoint(bbox, name),
          cursor: `${name}-resize`
        }))
      : [];
  },

  drag(label, grip, dx, dy, size): Shape | null {
    if (!label.bbox) {
      return null;
    }
    return grip === 'whole'
      ? { bbox: move(label.bbox, dx, dy, size) }
      : { bbox: resize(label.bbox, grip as Handle, dx, dy, size) };
  },

  begin: (p, size) => new BoxDraft(p, size)
};
