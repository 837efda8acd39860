/** Random numbers that repeat: a failing case prints its seed. */

export class Chance {
  constructor(readonly seed: number) {
    this._state = seed * 2654435761 + 1;
  }

  /** From 0 to 1 (mulberry32). */
  next(): number {
    this._state = (this._state + 0x6d2b79f5) | 0;
    let t = Math.imul(this._state ^ (this._state >>> 15), 1 | this._state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  int(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  private _state: number;
}

/** Runs a property on many seeds. */
export function forSeeds(count: number, property: (chance: Chance) => void): void {
  for (let seed = 1; seed <= count; seed++) {
    try {
      property(new Chance(seed));
    } catch (error) {
      throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
