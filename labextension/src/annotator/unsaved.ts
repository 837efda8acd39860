/**
 * What is not saved yet, in the browser's storage: one slot for each page, so that two pages of a dataset do not
 * overwrite each other; a new page takes over what pages before it left behind.
 */

import { IKnown, IPending, IRefused } from './queue';
import { uuid } from './uuid';

/** The part of localStorage that we use. */
export interface IStorage {
  readonly length: number;
  key(index: number): string | null;
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

export interface IRecord {
  items: IPending[];
  refused: IRefused[];
  /** What is known of the labels that the items name. */
  known: [string, IKnown][];
}

const PREFIX = 'comexp-lab:unsaved:';
const destroyed = new Set<string>();

export class Unsaved {
  constructor(
    private readonly _storage: IStorage | null,
    private readonly _dataset: string
  ) {
    this._prefix = `${PREFIX}${_dataset}:`;
    this._slot = this._prefix + uuid();
  }

  /** Keeps the record; false if the browser could not. */
  keep(record: IRecord): boolean {
    try {
      if (record.items.length + record.refused.length === 0 || destroyed.has(this._dataset)) {
        this._storage?.removeItem(this._slot);
      } else {
        this._storage?.setItem(this._slot, JSON.stringify(record));
      }
      return this._storage !== null;
    } catch {
      return false;
    }
  }

  /** What pages before this one left. Call `drop` once it is kept in our own slot. */
  found(): { records: IRecord[]; drop: () => void } {
    const slots = this._slots().sort();
    return {
      records: slots.map(slot => read(this._storage?.getItem(slot))),
      drop: () => slots.forEach(slot => this._storage?.removeItem(slot))
    };
  }

  private _slots(): string[] {
    const names = Array.from({ length: this._storage?.length ?? 0 }, (_, i) =>
      this._storage?.key(i)
    );
    return names.filter((name): name is string => Boolean(name?.startsWith(this._prefix)));
  }

  private readonly _prefix: string;
  private readonly _slot: string;
}

/** Forgets what was kept of datasets that are destroyed, and keeps nothing of them any more. */
export function forget(storage: IStorage | null, datasets: string[]): void {
  datasets.forEach(dataset => {
    destroyed.add(dataset);
    new Unsaved(storage, dataset).found().drop();
  });
}

/** localStorage, or null where the browser forbids it. */
export function browserStorage(): IStorage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

function read(text: string | null | undefined): IRecord {
  const none: IRecord = { items: [], refused: [], known: [] };
  try {
    return { ...none, ...(JSON.parse(text ?? '{}') as Partial<IRecord>) };
  } catch {
    return none;
  }
}
