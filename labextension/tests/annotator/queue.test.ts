import assert from 'node:assert/strict';
import test from 'node:test';
import { apply, Labels, Op } from '../../src/annotator/ops';
import { IPending, IRefused, ISaveState, SaveQueue } from '../../src/annotator/queue';
import { ILabelIn, ILabelOut } from '../../src/annotator/types';
import { Chance } from './chance';
import { IStorage } from '../../src/annotator/unsaved';
import { Memory, Service } from './service';

type Weather = 'fine' | 'lost request' | 'lost answer';

/** A page: a queue over a network that may lose requests or answers. */
class Page {
  state: ISaveState | null = null;
  refused: IRefused[] = [];
  labels: Labels = new Map();
  readonly queue: SaveQueue;

  constructor(service: Service, storage: IStorage | null, weather: () => Weather) {
    this.queue = new SaveQueue({
      dataset: 'ds',
      storage,
      label: (_, key) => this.labels.get(key),
      send: async batch => {
        const now = weather();
        await new Promise(resolve => setImmediate(resolve));
        if (now === 'lost request') {
          throw new Error('offline');
        }
        const receipt = service.edit(batch);
        if (now === 'lost answer') {
          throw new Error('offline');
        }
        return receipt;
      },
      onState: state => (this.state = state),
      onSaved: (_pending: IPending) => undefined,
      onRefused: refused => this.refused.push(refused),
      backoff: () => 0
    });
  }

  edit(...ops: Op[]): void {
    this.labels = apply(this.labels, ops).labels;
    this.queue.enqueue(1, ops);
  }
}

const value = (n: number): ILabelIn => ({
  class_name: 'car',
  kind: 'box',
  bbox: [n, n, 5, 5],
  source: 'human',
  state: 'accepted'
});
const breathe = (times = 5): Promise<void> =>
  times === 0
    ? Promise.resolve()
    : new Promise<void>(r => setTimeout(r, 1)).then(() => breathe(times - 1));

async function settled(page: Page): Promise<void> {
  for (let i = 0; i < 2000 && page.state?.unsaved !== 0; i++) {
    await breathe(1);
  }
  assert.equal(page.state?.unsaved, 0);
}

const boxes = (labels: Iterable<ILabelIn>): string[] =>
  [...labels].map(l => JSON.stringify([l.class_name, l.bbox])).sort();

function randomEdit(c: Chance, page: Page): Op {
  const keys = [...page.labels.keys()];
  const what = c.int(4);
  if (what < 2 || keys.length === 0) {
    return { op: 'add', key: `k${c.int(1e9)}`, value: value(c.int(1000)) };
  }
  const key = c.pick(keys);
  return what === 2
    ? { op: 'delete', key }
    : { op: 'set', key, set: { bbox: [c.int(1000), 0, 5, 5] } };
}

test('whatever the network loses, the store ends as the page shows, each edit applied once', async () => {
  for (let seed = 1; seed <= 25; seed++) {
    const c = new Chance(seed);
    const service = new Service();
    const page = new Page(service, new Memory(), () =>
      c.pick(['fine', 'fine', 'lost request', 'lost answer'] as const)
    );
    for (let i = 0; i < 30; i++) {
      page.edit(randomEdit(c, page));
      if (c.int(3) === 0) {
        await breathe(1);
      }
    }
    await settled(page);
    assert.equal(service.applied, 30, `seed ${seed}`);
    assert.deepEqual(boxes(service.labels.values()), boxes(page.labels.values()), `seed ${seed}`);
    assert.equal(page.refused.length, 0);
  }
});

test('offline: the state says how much is unsaved, and a new connection sends it in order', async () => {
  const service = new Service();
  let weather: Weather = 'lost request';
  const page = new Page(service, new Memory(), () => weather);
  page.edit({ op: 'add', key: 'a', value: value(1) });
  page.edit({ op: 'set', key: 'a', set: { bbox: [9, 9, 5, 5] } });
  page.edit({ op: 'add', key: 'b', value: value(2) });
  await breathe();
  assert.deepEqual([page.state?.status, page.state?.unsaved], ['offline', 3]);
  weather = 'fine';
  await settled(page);
  assert.equal(page.state?.status, 'saved');
  assert.deepEqual(boxes(service.labels.values()), boxes(page.labels.values()));
});

test('a conflict is told with our version, and never overwrites theirs', async () => {
  const service = new Service();
  const page = new Page(service, new Memory(), () => 'fine');
  page.edit({ op: 'add', key: 'a', value: value(1) });
  await settled(page);
  service.edit({
    client_id: 'other',
    message: '',
    edits: [{ op: 'set', label: 1, since: 99, set: { bbox: [7, 7, 7, 7] } }]
  });
  page.edit({ op: 'set', key: 'a', set: { bbox: [3, 3, 3, 3] } });
  page.edit({ op: 'set', key: 'a', set: { class_name: 'bus' } });
  await settled(page);
  assert.deepEqual(service.labels.get(1)?.bbox, [7, 7, 7, 7]);
  assert.deepEqual(
    page.queue.refused.map(r => [r.conflict, r.ops.length, r.mine]),
    [[true, 2, [['a', { ...value(1), bbox: [3, 3, 3, 3], class_name: 'bus' }]]]]
  );
  // Seen anew, the same change goes through.
  const theirs = service.labels.get(1) as ILabelOut;
  assert.equal(page.queue.see(theirs), 'a');
  page.edit({ op: 'set', key: 'a', set: { bbox: [3, 3, 3, 3] } });
  await settled(page);
  assert.deepEqual(service.labels.get(1)?.bbox, [3, 3, 3, 3]);
});

test('what builds upon a refused edit waits with it, other labels are saved', async () => {
  const service = new Service();
  let weather: Weather = 'fine';
  const page = new Page(service, new Memory(), () => weather);
  page.edit({ op: 'add', key: 'a', value: value(1) }, { op: 'add', key: 'b', value: value(2) });
  await settled(page);
  const set = { bbox: [7, 7, 7, 7] as [number, number, number, number] };
  const edits = [{ op: 'set' as const, label: 1, since: 99, set }];
  service.edit({ client_id: 'other', message: '', edits });
  weather = 'lost request';
  page.edit({ op: 'set', key: 'a', set: { bbox: [3, 3, 3, 3] } });
  page.edit({ op: 'set', key: 'b', set: { bbox: [4, 4, 4, 4] } });
  page.edit({ op: 'delete', key: 'a' });
  weather = 'fine';
  await settled(page);
  assert.deepEqual(
    page.queue.refused.map(r => [r.ops.map(op => op.op), r.mine]),
    [[['set', 'delete'], []]]
  );
  assert.deepEqual(service.labels.get(2)?.bbox, [4, 4, 4, 4]);
});

test('a refused edit outlives the page until the user decides', async () => {
  const storage = new Memory();
  const service = new Service();
  const page = new Page(service, storage, () => 'lost request');
  page.labels = new Map([['gone', value(3)]]);
  page.queue.know('gone', { id: 77, since: 1 });
  page.edit({ op: 'set', key: 'gone', set: { class_name: 'bus' } });
  await breathe();
  page.queue.dispose();
  // The next page sends it before it has loaded the image, and still knows what ours looked like.
  const sender = new Page(service, storage, () => 'fine');
  sender.queue.start();
  await settled(sender);
  const next = new Page(service, storage, () => 'fine');
  assert.deepEqual(
    next.queue.refused.map(r => r.mine),
    [[['gone', { ...value(3), class_name: 'bus' }]]]
  );
  next.queue.settle(next.queue.refused[0]);
  assert.equal(storage.length, 0);
});

test('a full or forbidden storage is said, and saving goes on', async () => {
  const full = new Memory();
  full.setItem = () => {
    throw new Error('QuotaExceededError');
  };
  for (const storage of [full, null]) {
    let weather: Weather = 'lost request';
    const service = new Service();
    const page = new Page(service, storage, () => weather);
    page.edit({ op: 'add', key: 'a', value: value(1) });
    await breathe();
    assert.equal(page.state?.kept, false);
    weather = 'fine';
    await settled(page);
    assert.equal(service.labels.size, 1);
  }
});

test('two pages of one dataset do not tread on each other', async () => {
  const storage = new Memory();
  const service = new Service();
  let weather: Weather = 'lost request';
  const one = new Page(service, storage, () => weather);
  one.edit({ op: 'add', key: 'a', value: value(1) });
  const two = new Page(service, storage, () => weather);
  two.queue.start();
  two.edit({ op: 'add', key: 'b', value: value(2) });
  weather = 'fine';
  await settled(one);
  await settled(two);
  assert.deepEqual(boxes(service.labels.values()), boxes([value(1), value(2)]));
});
