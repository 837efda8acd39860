/** What stands outside of the annotator in these tests: the browser's storage, and the promises of the lab service. */

import { Refusal } from '../../src/annotator/queue';
import { IEditBatch, ILabelOut, IReceipt } from '../../src/annotator/types';
import { IStorage } from '../../src/annotator/unsaved';

/** A browser's storage. */
export class Memory implements IStorage {
  readonly map = new Map<string, string>();
  get length(): number {
    return this.map.size;
  }
  key = (i: number): string | null => [...this.map.keys()][i] ?? null;
  getItem = (key: string): string | null => this.map.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.map.set(key, value);
  removeItem = (key: string): void => void this.map.delete(key);
}

/** The service's promise: each client id once, ids from 1, a conflict if the label is newer than what was seen. */
export class Service {
  readonly labels = new Map<number, ILabelOut>();
  readonly receipts = new Map<string, IReceipt>();
  applied = 0;
  revision = 1;
  private _next = 1;

  edit(batch: IEditBatch): IReceipt {
    const known = this.receipts.get(batch.client_id);
    if (known) {
      return { ...known, repeated: true };
    }
    for (const edit of batch.edits) {
      const label = this.labels.get(edit.label ?? -1);
      if (edit.op !== 'add' && (!label || label.since > (edit.since ?? Infinity))) {
        throw new Refusal('changed by somebody else', true);
      }
    }
    this.revision++;
    this.applied++;
    const receipt = { revision: this.revision, labels: batch.edits.map(edit => this._apply(edit)) };
    this.receipts.set(batch.client_id, receipt);
    return receipt;
  }

  private _apply(edit: IEditBatch['edits'][number]): number {
    const id = edit.label ?? this._next++;
    if (edit.op === 'delete') {
      this.labels.delete(id);
    } else {
      const before = this.labels.get(id) ?? { sample: edit.sample ?? 0 };
      this.labels.set(id, {
        ...before,
        ...edit.value,
        ...edit.set,
        id,
        since: this.revision
      } as ILabelOut);
    }
    return id;
  }
}
