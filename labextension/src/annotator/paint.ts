/** Draws the layers of the stage. Labels of one look are stroked as one path: five hundred cost what ten do. */

import { CHIP_HEIGHT, IChip, placeChips } from './chips';
import { ISize } from './geometry';
import { kindOf, Shape } from './kinds';
import { inkOn } from './palette';
import { IPicture, levelFor } from './pixels';
import { isShown } from './review';
import { IScene } from './scene';
import { Bbox, ILabelIn, LabelKind, LabelState } from './types';
import { IViewport, toScreen } from './viewport';

type Context = CanvasRenderingContext2D;

export interface IFrame {
  viewport: IViewport;
  size: ISize;
  image: ISize;
  picture: IPicture | null;
}

/** From this enlargement on, pixels are shown as crisp squares. */
const CRISP = 3;
const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif';
/** Names of unselected labels narrower than this on the screen are left out. */
const TINY = 14;

export function paintPicture(c: Context, frame: IFrame, ratio: number): void {
  const { viewport: v, picture, image } = frame;
  if (picture) {
    c.imageSmoothingEnabled = v.scale < CRISP;
    c.imageSmoothingQuality = 'medium';
    const level = levelFor(picture, v.scale * ratio);
    c.drawImage(level, v.x, v.y, image.width * v.scale, image.height * v.scale);
  }
}

export function paintLabels(c: Context, frame: IFrame, scene: IScene): void {
  const shown = [...scene.labels].filter(
    ([key, label]) => key !== scene.active?.key && isShown(label, scene.threshold)
  );
  outlines(c, frame, scene, shown);
  chips(c, frame, scene, shown);
  const selected = shown.find(([key]) => key === scene.selected);
  if (selected) {
    const [, label] = selected;
    emphasise(c, frame.viewport, label, scene.color(label.class_name), true);
  }
}

export function paintCursor(c: Context, frame: IFrame, scene: IScene): void {
  const { viewport: v } = frame;
  for (const ghost of scene.ghosts) {
    stroke(c, pathOf(ghost.kind, ghost.shape, v), '#FFFFFF', 2, [2, 4]);
  }
  const hovered = scene.labels.get(scene.hovered ?? '');
  if (hovered && scene.hovered !== scene.selected && !scene.active) {
    emphasise(c, v, hovered, scene.color(hovered.class_name), false);
  }
  if (scene.active) {
    const { kind, shape, color } = scene.active;
    emphasise(c, v, { kind, ...shape }, color, true);
    readout(c, v, kindOf(kind).bounds(shape));
  } else if (scene.crosshair) {
    crosshair(c, frame.size, scene.crosshair.x, scene.crosshair.y);
  }
}

function pathOf(kind: LabelKind, shape: Shape, v: IViewport): Path2D {
  const path = new Path2D();
  kindOf(kind).trace(path, shape, v);
  return path;
}

interface ILook {
  color: string;
  pattern: number[];
  path: Path2D;
}

const SOLID: number[] = [];
const DASHES = [6, 4];

/** All outlines: first the dark halo under everything, then each colour once. */
function outlines(c: Context, frame: IFrame, scene: IScene, shown: [string, ILabelIn][]): void {
  const looks = new Map<string, ILook>();
  for (const [, label] of shown) {
    const color = scene.color(label.class_name);
    const pattern = patternOf(label);
    const name = `${color}${pattern}`;
    const look = looks.get(name) ?? { color, pattern, path: new Path2D() };
    looks.set(name, look);
    kindOf(label.kind).trace(look.path, label, frame.viewport);
  }
  c.lineJoin = 'round';
  looks.forEach(({ path, pattern }) => stroke(c, path, 'rgba(0, 0, 0, 0.45)', 3.5, pattern));
  looks.forEach(({ path, pattern, color }) => stroke(c, path, color, 1.75, pattern));
}

/** Suggestions are dashed until somebody decides. */
const patternOf = (label: { state?: LabelState }): number[] =>
  label.state === 'suggested' ? DASHES : SOLID;

function stroke(c: Context, path: Path2D, color: string, width: number, pattern = SOLID): void {
  c.setLineDash(pattern);
  c.strokeStyle = color;
  c.lineWidth = width;
  c.stroke(path);
}

/** The hovered label, and with grips the selected one. */
function emphasise(
  c: Context,
  v: IViewport,
  label: Shape & Pick<ILabelIn, 'kind' | 'state'>,
  color: string,
  grips: boolean
): void {
  const path = pathOf(label.kind, label, v);
  c.globalAlpha = grips ? 0.14 : 0.1;
  c.fillStyle = color;
  c.fill(path);
  c.globalAlpha = 1;
  stroke(c, path, 'rgba(0, 0, 0, 0.55)', 4, patternOf(label));
  stroke(c, path, color, 2.25, patternOf(label));
  if (grips) {
    kindOf(label.kind)
      .grips(label)
      .forEach(grip => gripAt(c, toScreen(v, grip.at), color));
  }
}

function gripAt(c: Context, at: { x: number; y: number }, color: string): void {
  c.setLineDash(SOLID);
  c.beginPath();
  c.arc(at.x, at.y, 4.5, 0, 2 * Math.PI);
  c.fillStyle = '#FFFFFF';
  c.fill();
  c.strokeStyle = 'rgba(0, 0, 0, 0.55)';
  c.lineWidth = 3;
  c.stroke();
  c.strokeStyle = color;
  c.lineWidth = 1.75;
  c.stroke();
}

function chips(c: Context, frame: IFrame, scene: IScene, shown: [string, ILabelIn][]): void {
  c.font = FONT;
  const named: { chip: IChip; color: string; faint: boolean }[] = [];
  for (const [key, label] of shown) {
    const important = key === scene.selected;
    const box = screenBox(label, frame.viewport);
    const wanted = important || (scene.showNames && box !== null && box[2] >= TINY);
    if (box && wanted && inSight(box, frame.size)) {
      const text = caption(label);
      const chip = { text, box, width: textWidth(c, text) + 10, important };
      const faint = label.state === 'suggested';
      named.push({ chip, color: scene.color(label.class_name), faint });
    }
  }
  const places = placeChips(named.map(n => n.chip));
  places.forEach((place, index) => {
    if (place) {
      const { chip, color, faint } = named[index];
      drawChip(c, place, chip.text, color, faint);
    }
  });
}

function caption(label: ILabelIn): string {
  const sure = label.confidence;
  return label.state === 'suggested' && typeof sure === 'number'
    ? `${label.class_name} ${sure.toFixed(2)}`
    : label.class_name;
}

const widths = new Map<string, number>();

function textWidth(c: Context, text: string): number {
  const known = widths.get(text) ?? Math.ceil(c.measureText(text).width);
  if (widths.size > 5000) {
    widths.clear();
  }
  widths.set(text, known);
  return known;
}

function drawChip(c: Context, place: Bbox, text: string, color: string, faint: boolean): void {
  const [x, y, w, h] = place;
  c.globalAlpha = faint ? 0.82 : 0.95;
  c.fillStyle = color;
  c.beginPath();
  c.roundRect(Math.round(x), Math.round(y), w, h, 3);
  c.fill();
  c.globalAlpha = 1;
  c.fillStyle = inkOn(color);
  c.textBaseline = 'middle';
  c.fillText(text, Math.round(x) + 5, Math.round(y) + CHIP_HEIGHT / 2 + 0.5);
}

function screenBox(label: ILabelIn, v: IViewport): Bbox | null {
  const box = kindOf(label.kind).bounds(label);
  return box
    ? [box[0] * v.scale + v.x, box[1] * v.scale + v.y, box[2] * v.scale, box[3] * v.scale]
    : null;
}

function inSight([x, y, w, h]: Bbox, size: ISize): boolean {
  return x < size.width && y < size.height && x + w > 0 && y + h > 0;
}

/** Width × height of what is being drawn, beside its lower right corner. */
function readout(c: Context, v: IViewport, box: Bbox | null): void {
  if (!box) {
    return;
  }
  const text = `${Math.round(box[2])} × ${Math.round(box[3])}`;
  c.font = FONT;
  const at = toScreen(v, { x: box[0] + box[2], y: box[1] + box[3] });
  const width = textWidth(c, text) + 10;
  drawChip(c, [at.x - width, at.y + 6, width, CHIP_HEIGHT], text, '#1F2429', false);
}

function crosshair(c: Context, size: ISize, x: number, y: number): void {
  const path = new Path2D();
  path.moveTo(Math.round(x) + 0.5, 0);
  path.lineTo(Math.round(x) + 0.5, size.height);
  path.moveTo(0, Math.round(y) + 0.5);
  path.lineTo(size.width, Math.round(y) + 0.5);
  stroke(c, path, 'rgba(0, 0, 0, 0.28)', 3);
  stroke(c, path, 'rgba(255, 255, 255, 0.6)', 1);
}
