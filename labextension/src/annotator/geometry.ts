/** Boxes and points in image pixels: pure functions, no canvas. */

import { Bbox } from './types';

export interface IPoint {
  x: number;
  y: number;
}

export interface ISize {
  width: number;
  height: number;
}

/** The handle of a box, by compass: its letters say which edges follow the pointer. */
export type Handle = 'nw' | 'n' | 'ne' | 'e' | 'se' | 's' | 'sw' | 'w';

export const HANDLES: readonly Handle[] = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'];

/** The smallest side a box may have, in image pixels. */
export const MIN_SIDE = 1;

const tidy = (value: number): number => Math.round(value * 100) / 100;

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}

export function clampPoint(p: IPoint, size: ISize): IPoint {
  return { x: clamp(p.x, 0, size.width), y: clamp(p.y, 0, size.height) };
}

/** The box between two corners, whichever way it was dragged, cut to the image. */
export function fromCorners(a: IPoint, b: IPoint, size: ISize): Bbox {
  const p = clampPoint(a, size);
  const q = clampPoint(b, size);
  const x = tidy(Math.min(p.x, q.x));
  const y = tidy(Math.min(p.y, q.y));
  return [x, y, tidy(tidy(Math.max(p.x, q.x)) - x), tidy(tidy(Math.max(p.y, q.y)) - y)];
}

/** Moves a box without changing its size; it stops at the image's border. */
export function move(box: Bbox, dx: number, dy: number, size: ISize): Bbox {
  const [x, y, w, h] = box;
  return [tidy(clamp(x + dx, 0, size.width - w)), tidy(clamp(y + dy, 0, size.height - h)), w, h];
}

/** Drags one handle; the opposite edges stay. Dragging across them turns the box over. */
export function resize(box: Bbox, handle: Handle, dx: number, dy: number, size: ISize): Bbox {
  const [x, y, w, h] = box;
  const a = { x, y };
  const b = { x: x + w, y: y + h };
  if (handle.includes('w')) {
    a.x = apart(a.x + dx, b.x, size.width);
  }
  if (handle.includes('e')) {
    b.x = apart(b.x + dx, a.x, size.width);
  }
  if (handle.includes('n')) {
    a.y = apart(a.y + dy, b.y, size.height);
  }
  if (handle.includes('s')) {
    b.y = apart(b.y + dy, a.y, size.height);
  }
  return fromCorners(a, b, size);
}

/** `edge` inside 0…`limit`, at least MIN_SIDE away from `fixed`. */
function apart(edge: number, fixed: number, limit: number): number {
  const inside = clamp(edge, 0, limit);
  if (Math.abs(inside - fixed) >= MIN_SIDE) {
    return inside;
  }
  const before = inside < fixed || fixed + MIN_SIDE > limit;
  return before && fixed - MIN_SIDE >= 0 ? fixed - MIN_SIDE : fixed + MIN_SIDE;
}

export function contains(box: Bbox, p: IPoint, slack = 0): boolean {
  const [x, y, w, h] = box;
  return p.x >= x - slack && p.x <= x + w + slack && p.y >= y - slack && p.y <= y + h + slack;
}

/** Distance from a point to the nearest edge of the box's outline. */
export function edgeDistance(box: Bbox, p: IPoint): number {
  const [x, y, w, h] = box;
  const dx = Math.max(x - p.x, 0, p.x - x - w);
  const dy = Math.max(y - p.y, 0, p.y - y - h);
  if (dx > 0 || dy > 0) {
    return Math.hypot(dx, dy);
  }
  return Math.min(p.x - x, x + w - p.x, p.y - y, y + h - p.y);
}

export function handlePoint(box: Bbox, handle: Handle): IPoint {
  const [x, y, w, h] = box;
  const fx = handle.includes('w') ? 0 : handle.includes('e') ? 1 : 0.5;
  const fy = handle.includes('n') ? 0 : handle.includes('s') ? 1 : 0.5;
  return { x: x + fx * w, y: y + fy * h };
}

export function intersects(a: Bbox, b: Bbox): boolean {
  return a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
}
