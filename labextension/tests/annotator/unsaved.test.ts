import assert from 'node:assert/strict';
import test from 'node:test';
import { forget, IRecord, Unsaved } from '../../src/annotator/unsaved';
import { Memory } from './service';

const record = { items: [{}], refused: [], known: [] } as unknown as IRecord;

test('of a destroyed dataset nothing stays in the browser, of others everything does', () => {
  const storage = new Memory();
  for (const dataset of ['gone', 'gone', 'goner', 'kept']) {
    new Unsaved(storage, dataset).keep(record);
  }
  forget(storage, ['gone', 'never here']);
  const left = (dataset: string): number => new Unsaved(storage, dataset).found().records.length;
  assert.deepEqual(['gone', 'goner', 'kept'].map(left), [0, 1, 1]);
  forget(null, ['kept']);
});
