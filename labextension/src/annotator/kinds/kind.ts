/**
 * What a kind of label (box, polygon, …) must know so that the annotator can draw, hit, drag and create it.
 * A new kind is one more file here and one more line in `index.ts`.
 */

import { IPoint, ISize } from '../geometry';
import { Bbox, ILabelIn, LabelKind } from '../types';
import { IViewport } from '../viewport';

/** The part of a label that says where it is. */
export type Shape = Pick<ILabelIn, 'bbox' | 'points' | 'rings' | 'rle'>;

export interface IGrip {
  name: string;
  at: IPoint;
  cursor: string;
}

/** A label under construction, fed with pointer positions in image pixels. */
export interface IDraft {
  move(p: IPoint): void;
  /** The shape as it would be now; null while there is nothing to keep. */
  readonly shape: Shape | null;
}

export interface IKind {
  readonly kind: LabelKind;
  bounds(label: Shape): Bbox | null;
  /** Whether the point touches the label: 'edge' may be dragged at once, 'inside' selects on a click. */
  hit(label: Shape, p: IPoint, slack: number): 'edge' | 'inside' | null;
  /** Adds the outline to the canvas path, in screen pixels. */
  trace(path: Path2D, label: Shape, v: IViewport): void;
  /** What can be dragged besides the whole; none: the geometry cannot be changed here. */
  grips(label: Shape): IGrip[];
  /** The label after `grip` (or 'whole') was dragged by (dx, dy); null: it cannot be dragged. */
  drag(label: Shape, grip: string, dx: number, dy: number, size: ISize): Shape | null;
  /** Begins a new label at a point; null: this kind cannot be drawn here. */
  begin(p: IPoint, size: ISize): IDraft | null;
}
