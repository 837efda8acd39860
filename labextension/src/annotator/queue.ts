/**
 * The edits that the store has not acknowledged yet. They go out one after the other, each with the UUID it was born
 * with, until the service says it has them; before that they lie in the browser's storage, so a reload or a crash
 * loses nothing. Sending one twice is harmless: the service applies each UUID once.
 */

import { Op } from './ops';
import { IEdit, IEditBatch, ILabelIn, ILabelOut, IReceipt } from './types';
import { IStorage, Unsaved } from './unsaved';
import { uuid } from './uuid';

export interface IPending {
  clientId: string;
  sample: number;
  ops: Op[];
  /** Our labels as this edit left them, by key; those it deleted are not here. */
  mine: [string, ILabelIn][];
}

/** Edits that the service refused, kept until the user decides what becomes of them. */
export interface IRefused extends IPending {
  reason: string;
  conflict: boolean;
}

export interface ISaveState {
  status: 'saved' | 'saving' | 'offline';
  unsaved: number;
  /** False when the browser could not keep the queue: then a reload would lose it. */
  kept: boolean;
  reason: string;
}

/** What the queue remembers of a label: its id in the store and the revision we saw. */
export interface IKnown {
  id: number;
  since: number;
}

/** Thrown by `send` when the service has understood and refused: sending it again would not help. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly conflict: boolean
  ) {
    super(message);
  }
}

export interface IQueueOptions {
  dataset: string;
  storage: IStorage | null;
  /** The label as it is shown now. */
  label: (sample: number, key: string) => ILabelIn | undefined;
  send: (batch: IEditBatch) => Promise<IReceipt>;
  onState: (state: ISaveState) => void;
  onSaved: (pending: IPending, receipt: IReceipt) => void;
  onRefused: (refused: IRefused) => void;
  /** The n-th wait after a failure, in milliseconds. */
  backoff?: (attempt: number) => number;
}

const gently = (attempt: number): number => Math.min(500 * 2 ** attempt, 15000);

export class SaveQueue {
  constructor(private readonly _options: IQueueOptions) {
    this._unsaved = new Unsaved(_options.storage, _options.dataset);
    this._adopt();
  }

  /** Refused edits that wait for the user's decision. */
  get refused(): readonly IRefused[] {
    return this._refused;
  }

  /** Starts sending what an earlier session left behind. */
  start(): void {
    this._report();
    void this._drain();
  }

  enqueue(sample: number, ops: Op[]): void {
    this._items.push({ clientId: uuid(), sample, ops, mine: this._mine(sample, ops) });
    this._persist();
    this._report();
    void this._drain();
  }

  /** Tells which label of the store a key stands for. */
  know(key: string, known: IKnown): void {
    this._known.set(key, known);
    this._keys.set(known.id, key);
  }

  /**
   * The key of a label that the service just showed. What we know of it stays as it was while edits of it wait:
   * they were made on what we had seen then.
   */
  see(label: ILabelOut): string {
    const key = this._keys.get(label.id) ?? `#${label.id}`;
    if (!this._items.some(item => item.ops.some(op => op.key === key))) {
      this.know(key, { id: label.id, since: label.since });
    }
    return key;
  }

  idOf(key: string): number | null {
    return this._known.get(key)?.id ?? null;
  }

  /** The operations on a sample that the store does not have yet, oldest first. */
  pending(sample: number): Op[] {
    return this._items.filter(i => i.sample === sample).flatMap(i => i.ops);
  }

  settle(refused: IRefused): void {
    this._refused = this._refused.filter(r => r !== refused);
    this._persist();
  }

  /** Ends a wait for the next attempt at once. */
  retryNow(): void {
    this._wake?.();
  }

  dispose(): void {
    this._disposed = true;
    this._wake?.();
  }

  private async _drain(): Promise<void> {
    if (this._draining) {
      return;
    }
    this._draining = true;
    while (this._items.length > 0 && !this._disposed) {
      await this._sendFirst();
    }
    this._draining = false;
  }

  private async _sendFirst(): Promise<void> {
    const item = this._items[0];
    const { edits, keys } = this._wire(item);
    if (edits.length === 0) {
      this._done(item);
      return;
    }
    try {
      const receipt = await this._options.send({
        client_id: item.clientId,
        edits,
        message: ''
      });
      this._learn(edits, keys, receipt);
      this._done(item);
      this._options.onSaved(item, receipt);
    } catch (error) {
      await this._failed(item, error);
    }
  }

  private async _failed(item: IPending, error: unknown): Promise<void> {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof Refusal) {
      this._refuse(item, error);
      return;
    }
    this._reason = reason;
    const wait = (this._options.backoff ?? gently)(this._attempt++);
    this._report();
    await this._pause(wait);
  }

  /** Sets an edit aside, together with those of the same labels: the user decides about a label once. */
  private _refuse(item: IPending, { message, conflict }: Refusal): void {
    const keys = new Set(item.ops.map(op => op.key));
    const belongs = (other: IPending): boolean => {
      const shared = other.sample === item.sample && other.ops.some(op => keys.has(op.key));
      other.ops.forEach(op => shared && keys.add(op.key));
      return shared;
    };
    const later = this._items.filter(other => other !== item && belongs(other));
    const earlier = this._refused.filter(belongs);
    const all = [...earlier, item, ...later];
    const ops = all.flatMap(one => one.ops);
    const refused = { ...item, ops, mine: newest(all), reason: message, conflict };
    this._refused = [...this._refused.filter(other => !earlier.includes(other)), refused];
    this._items = this._items.filter(other => !later.includes(other));
    this._done(item);
    this._options.onRefused(refused);
  }

  private _mine(sample: number, ops: Op[]): [string, ILabelIn][] {
    return [...new Set(ops.map(op => op.key))].flatMap((key): [string, ILabelIn][] => {
      const label = this._options.label(sample, key);
      return label ? [[key, label]] : [];
    });
  }

  private _done(item: IPending): void {
    this._items = this._items.filter(i => i !== item);
    this._attempt = 0;
    this._reason = '';
    this._persist();
    this._report();
  }

  private _pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const done = (): void => {
        clearTimeout(timer);
        this._wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this._wake = done;
    });
  }

  /** The item as the service wants it. A label whose creation was refused has no id: nothing is left to do to it. */
  private _wire(item: IPending): { edits: IEdit[]; keys: string[] } {
    const edits: IEdit[] = [];
    const keys: string[] = [];
    for (const op of item.ops) {
      const edit = this._edit(item.sample, op);
      if (edit) {
        edits.push(edit);
        keys.push(op.key);
      }
    }
    return { edits, keys };
  }

  private _edit(sample: number, op: Op): IEdit | null {
    if (op.op === 'add') {
      return { op: 'add', sample, value: op.value };
    }
    const known = this._known.get(op.key);
    if (!known) {
      return null;
    }
    const target = { sample, label: known.id, since: known.since };
    return op.op === 'set' ? { op: 'set', ...target, set: op.set } : { op: 'delete', ...target };
  }

  private _learn(edits: IEdit[], keys: string[], receipt: IReceipt): void {
    edits.forEach((edit, index) => {
      const id = receipt.labels[index] ?? edit.label;
      if (id !== undefined && edit.op !== 'delete') {
        this.know(keys[index], { id, since: receipt.revision });
      }
    });
  }

  private _report(): void {
    const unsaved = this._items.length;
    this._options.onState({
      status: unsaved === 0 ? 'saved' : this._attempt > 0 ? 'offline' : 'saving',
      unsaved,
      kept: this._kept,
      reason: this._reason
    });
  }

  private _persist(): void {
    const both = [...this._items, ...this._refused];
    const used = new Set(both.flatMap(item => item.ops.map(op => op.key)));
    this._kept = this._unsaved.keep({
      items: this._items,
      refused: this._refused,
      known: [...this._known].filter(([key]) => used.has(key))
    });
  }

  /** Takes over what earlier pages on this dataset could not send. */
  private _adopt(): void {
    const { records, drop } = this._unsaved.found();
    for (const record of records) {
      record.known.forEach(([key, known]) => this.know(key, known));
      this._items.push(...record.items);
      this._refused.push(...record.refused);
    }
    this._persist();
    if (this._kept) {
      drop();
    }
  }

  private readonly _unsaved: Unsaved;
  private readonly _known = new Map<string, IKnown>();
  private readonly _keys = new Map<number, string>();
  private _items: IPending[] = [];
  private _refused: IRefused[] = [];
  private _attempt = 0;
  private _reason = '';
  private _kept = true;
  private _draining = false;
  private _disposed = false;
  private _wake: (() => void) | null = null;
}

/** Our labels as the last of these edits left them. */
function newest(edits: IPending[]): [string, ILabelIn][] {
  const mine = new Map<string, ILabelIn>();
  for (const { ops, mine: left } of edits) {
    ops.forEach(op => mine.delete(op.key));
    left.forEach(([key, label]) => mine.set(key, label));
  }
  return [...mine];
}
