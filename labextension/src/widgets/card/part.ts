/** A piece of a run card that follows the run. */

import { IRun } from './api';

export interface IPart {
  element: HTMLElement;
  update(run: IRun): void;
  dispose?(): void;
}
