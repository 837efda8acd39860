/**
 * Kinds that are shown but whose geometry cannot be changed here yet: polygons and rotated boxes by their outline,
 * the others by their enclosing box. Class, deletion and review work for all of them.
 */

import { IPoint } from '../geometry';
import { LabelKind } from '../types';
import { IViewport } from '../viewport';
import { box } from './box';
import { IKind, Shape } from './kind';

export function outline(kind: LabelKind): IKind {
  return {
    kind,
    bounds: box.bounds,
    hit: box.hit,
    trace,
    grips: () => [],
    drag: () => null,
    begin: () => null
  };
}

function trace(path: Path2D, label: Shape, v: IViewport): void {
  const rings = label.rings ?? rotated(label.points);
  if (rings.length === 0) {
    box.trace(path, label, v);
    return;
  }
  for (const ring of rings) {
    for (let i = 0; i + 1 < ring.length; i += 2) {
      const x = ring[i] * v.scale + v.x;
      const y = ring[i + 1] * v.scale + v.y;
      if (i === 0) {
        path.moveTo(x, y);
      } else {
        path.lineTo(x, y);
      }
    }
    path.closePath();
  }
}

/** The corners of (cx, cy, w, h, angle); nothing for keypoints. */
function rotated(points: number[] | null | undefined): number[][] {
  if (points?.length !== 5) {
    return [];
  }
  const [cx, cy, w, h, angle] = points;
  const corner = (fx: number, fy: number): IPoint => ({
    x: cx + fx * w * Math.cos(angle) - fy * h * Math.sin(angle),
    y: cy + fx * w * Math.sin(angle) + fy * h * Math.cos(angle)
  });
  const corners = [corner(-0.5, -0.5), corner(0.5, -0.5), corner(0.5, 0.5), corner(-0.5, 0.5)];
  return [corners.flatMap(p => [p.x, p.y])];
}
