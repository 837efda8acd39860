/** Places the name tags of labels so that they cover neither each other nor more picture than they must. */

import { intersects } from './geometry';
import { Bbox } from './types';

export interface IChip {
  text: string;
  /** The label's enclosing box on the screen. */
  box: Bbox;
  width: number;
  /** Placed even where it covers others. */
  important: boolean;
}

export const CHIP_HEIGHT = 17;
const CELL = 64;

/** Where each chip goes, on the screen; null: there is no free place for it. Important ones choose first. */
export function placeChips(chips: readonly IChip[]): (Bbox | null)[] {
  const taken = new Grid();
  const places = new Array<Bbox | null>(chips.length).fill(null);
  const order = chips.map((_, index) => index).sort((a, b) => rank(chips[b]) - rank(chips[a]));
  for (const index of order) {
    const options = candidates(chips[index]);
    const free = options.find(option => !taken.touches(option));
    const place = free ?? (chips[index].important ? options[0] : null);
    if (place) {
      taken.add(place);
      places[index] = place;
    }
  }
  return places;
}

function rank(chip: IChip): number {
  return (chip.important ? 1e12 : 0) + chip.box[2] * chip.box[3];
}

/** Above the top left corner first, then inside it, below, and above the right corner. */
function candidates({ box, width }: IChip): Bbox[] {
  const [x, y, w, h] = box;
  const left = Math.max(x, 0);
  const right = x + w - width;
  const at = (cx: number, cy: number): Bbox => [cx, cy, width, CHIP_HEIGHT];
  const above = at(left, y - CHIP_HEIGHT);
  const inside = at(left, Math.max(y, 0));
  const rest = [at(left, y + h), at(right, y - CHIP_HEIGHT), at(right, y + h)];
  return above[1] >= 0 ? [above, inside, ...rest] : [inside, ...rest];
}

/** Rectangles by the squares of the screen that they touch. */
class Grid {
  add(box: Bbox): void {
    for (const cell of cells(box)) {
      const list = this._cells.get(cell);
      if (list) {
        list.push(box);
      } else {
        this._cells.set(cell, [box]);
      }
    }
  }

  touches(box: Bbox): boolean {
    return cells(box).some(cell => this._cells.get(cell)?.some(other => intersects(box, other)));
  }

  private readonly _cells = new Map<number, Bbox[]>();
}

function cells([x, y, w, h]: Bbox): number[] {
  const found: number[] = [];
  for (let i = Math.floor(x / CELL); i <= Math.floor((x + w) / CELL); i++) {
    for (let j = Math.floor(y / CELL); j <= Math.floor((y + h) / CELL); j++) {
      found.push(i * 100003 + j);
    }
  }
  return found;
}
