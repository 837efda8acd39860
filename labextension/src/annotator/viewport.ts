/** Where the image lies on the screen: screen = image · scale + (x, y), in CSS pixels. */

import { clamp, IPoint, ISize } from './geometry';

export interface IViewport {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const MAX_SCALE = 64;
const MARGIN = 16;

export function toScreen(v: IViewport, p: IPoint): IPoint {
  return { x: p.x * v.scale + v.x, y: p.y * v.scale + v.y };
}

export function toImage(v: IViewport, p: IPoint): IPoint {
  return { x: (p.x - v.x) / v.scale, y: (p.y - v.y) / v.scale };
}

/** The whole image, centred, enlarged at most eightfold. */
export function fit(image: ISize, screen: ISize): IViewport {
  const scale = clamp(
    Math.min(
      (screen.width - 2 * MARGIN) / image.width,
      (screen.height - 2 * MARGIN) / image.height
    ),
    1e-4,
    8
  );
  return centred(image, screen, scale);
}

function centred(image: ISize, screen: ISize, scale: number): IViewport {
  return {
    scale,
    x: (screen.width - image.width * scale) / 2,
    y: (screen.height - image.height * scale) / 2
  };
}

/** Zooms by `factor`; the image point under `at` stays where it is. */
export function zoom(
  v: IViewport,
  factor: number,
  at: IPoint,
  image: ISize,
  screen: ISize
): IViewport {
  const least = fit(image, screen).scale / 4;
  const scale = clamp(v.scale * factor, least, MAX_SCALE);
  const p = toImage(v, at);
  return pan({ scale, x: at.x - p.x * scale, y: at.y - p.y * scale }, 0, 0, image, screen);
}

/** Moves the image, but never wholly out of sight. */
export function pan(v: IViewport, dx: number, dy: number, image: ISize, screen: ISize): IViewport {
  const keep = 48;
  return {
    scale: v.scale,
    x: clamp(v.x + dx, keep - image.width * v.scale, screen.width - keep),
    y: clamp(v.y + dy, keep - image.height * v.scale, screen.height - keep)
  };
}
