import assert from 'node:assert/strict';
import test from 'node:test';
import {
  fromCorners,
  Handle,
  HANDLES,
  ISize,
  MIN_SIDE,
  move,
  resize
} from '../../src/annotator/geometry';
import { Bbox } from '../../src/annotator/types';
import { fit, pan, toImage, toScreen, zoom } from '../../src/annotator/viewport';
import { Chance, forSeeds } from './chance';

const close = (a: number, b: number, by = 0.011): boolean => Math.abs(a - b) <= by;
const anImage = (c: Chance): ISize => ({ width: 2 + c.int(4000), height: 2 + c.int(4000) });

function aBox(c: Chance, { width, height }: ISize): Bbox {
  const corner = () => ({ x: c.between(0, width), y: c.between(0, height) });
  const box = fromCorners(corner(), corner(), { width, height });
  return box[2] >= MIN_SIDE && box[3] >= MIN_SIDE ? box : [0, 0, MIN_SIDE, MIN_SIDE];
}

function inside([x, y, w, h]: Bbox, size: ISize): void {
  assert.ok(x >= 0 && y >= 0 && w >= 0 && h >= 0, `box ${[x, y, w, h]}`);
  assert.ok(
    x + w <= size.width + 0.011 && y + h <= size.height + 0.011,
    `box ${[x, y, w, h]} in ${JSON.stringify(size)}`
  );
}

test('a box drawn anywhere lies inside the image, whichever corner came first', () => {
  forSeeds(500, c => {
    const size = anImage(c);
    const p = { x: c.between(-500, 5000), y: c.between(-500, 5000) };
    const q = { x: c.between(-500, 5000), y: c.between(-500, 5000) };
    inside(fromCorners(p, q, size), size);
    assert.deepEqual(fromCorners(p, q, size), fromCorners(q, p, size));
  });
});

test('moving keeps the size and stays inside', () => {
  forSeeds(500, c => {
    const size = anImage(c);
    const box = aBox(c, size);
    const moved = move(box, c.between(-5000, 5000), c.between(-5000, 5000), size);
    inside(moved, size);
    assert.equal(moved[2], box[2]);
    assert.equal(moved[3], box[3]);
  });
});

test('a handle moves its own edges only, keeps a least side and stays inside', () => {
  forSeeds(2000, c => {
    const size = anImage(c);
    const box = aBox(c, size);
    const handle = c.pick(HANDLES);
    const made = resize(box, handle, c.between(-5000, 5000), c.between(-5000, 5000), size);
    inside(made, size);
    assert.ok(
      made[2] >= MIN_SIDE - 0.011 && made[3] >= MIN_SIDE - 0.011,
      `${box} ${handle} → ${made}`
    );
    kept(box, made, handle);
  });
});

function kept(before: Bbox, after: Bbox, handle: Handle): void {
  const edges = ([x, y, w, h]: Bbox) => ({ w: x, e: x + w, n: y, s: y + h });
  const a = edges(before);
  const b = edges(after);
  const fixedX = handle.includes('w') ? a.e : handle.includes('e') ? a.w : null;
  const fixedY = handle.includes('n') ? a.s : handle.includes('s') ? a.n : null;
  const holds = (
    fixed: number | null,
    low: number,
    high: number,
    was: [number, number]
  ): boolean =>
    fixed === null
      ? close(low, was[0]) && close(high, was[1])
      : close(fixed, low) || close(fixed, high);
  assert.ok(holds(fixedX, b.w, b.e, [a.w, a.e]), `${handle} x: ${before} → ${after}`);
  assert.ok(holds(fixedY, b.n, b.s, [a.n, a.s]), `${handle} y: ${before} → ${after}`);
}

test('screen and image coordinates are inverse, and zoom keeps the point under the pointer', () => {
  forSeeds(500, c => {
    const image = anImage(c);
    const screen = { width: c.between(200, 2000), height: c.between(200, 1200) };
    const v = fit(image, screen);
    const at = { x: c.between(0, screen.width), y: c.between(0, screen.height) };
    const p = toImage(v, at);
    assert.ok(close(toScreen(v, p).x, at.x, 1e-6) && close(toScreen(v, p).y, at.y, 1e-6));
    const nearer = zoom(
      v,
      1.2,
      toScreen(v, { x: image.width / 2, y: image.height / 2 }),
      image,
      screen
    );
    const middle = toScreen(nearer, { x: image.width / 2, y: image.height / 2 });
    assert.ok(close(middle.x, screen.width / 2, 1) && close(middle.y, screen.height / 2, 1));
  });
});

test('the image can never be lost: some of it stays in sight', () => {
  forSeeds(300, c => {
    const image = anImage(c);
    const screen = { width: 800, height: 500 };
    let v = fit(image, screen);
    for (let i = 0; i < 20; i++) {
      v = pan(v, c.between(-3000, 3000), c.between(-3000, 3000), image, screen);
      v = zoom(v, c.between(0.3, 3), { x: c.between(0, 800), y: c.between(0, 500) }, image, screen);
    }
    assert.ok(v.x < screen.width && v.x + image.width * v.scale > 0, JSON.stringify(v));
    assert.ok(v.y < screen.height && v.y + image.height * v.scale > 0, JSON.stringify(v));
  });
});
