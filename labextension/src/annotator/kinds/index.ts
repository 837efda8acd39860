/** All kinds of labels, by name. */

import { LabelKind } from '../types';
import { box } from './box';
import { IKind } from './kind';
import { outline } from './outline';

const KINDS: Record<LabelKind, IKind> = {
  box,
  rotated: outline('rotated'),
  polygon: outline('polygon'),
  mask: outline('mask'),
  keypoints: outline('keypoints'),
  tag: outline('tag')
};

export function kindOf(kind: LabelKind): IKind {
  return KINDS[kind];
}

export type { IDraft, IGrip, IKind, Shape } from './kind';
