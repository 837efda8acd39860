/** What the stage has to draw at this moment, gathered from the session and the pointer. */

import { IPoint } from './geometry';
import { Shape } from './kinds';
import { Labels } from './ops';
import { LabelKind } from './types';

/** A label being drawn or dragged: it is painted on the topmost layer and left out below. */
export interface IActive {
  key: string | null;
  kind: LabelKind;
  shape: Shape;
  color: string;
}

/** Our version of a label that the store refused, shown faintly until the user decides. */
export interface IGhost {
  kind: LabelKind;
  shape: Shape;
}

export interface IScene {
  labels: Labels;
  threshold: number;
  showNames: boolean;
  selected: string | null;
  hovered: string | null;
  active: IActive | null;
  ghosts: IGhost[];
  /** The pointer on the screen while a crosshair is wanted. */
  crosshair: IPoint | null;
  color: (className: string) => string;
}
