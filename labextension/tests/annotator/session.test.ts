import assert from 'node:assert/strict';
import test from 'node:test';
import { DatasetApi } from '../../src/annotator/api';
import { Refusal } from '../../src/annotator/queue';
import { decide, decideAll, suggestions } from '../../src/annotator/review';
import { copyPrevious } from '../../src/annotator/copying';
import { Session } from '../../src/annotator/session';
import { IEditBatch, ISample } from '../../src/annotator/types';
import { Chance } from './chance';
import { Memory, Service } from './service';

/** The wire: HTTP as the lab service speaks it, over a network that may lose requests or answers. */
class Wire {
  readonly service = new Service();
  readonly classes: string[] = ['car', 'dog'];
  lose: () => 'nothing' | 'request' | 'answer' = () => 'nothing';
  /** Holds an answer back after the service has worked it out. */
  hold: (path: string) => Promise<void> = () => Promise.resolve();
  posts = 0;
  /** The images of the view. */
  ids = [1, 2, 3];

  connect(): void {
    globalThis.fetch = (url, init) => this._answer(String(url), init?.body as string | undefined);
  }

  private async _answer(url: string, body?: string): Promise<Response> {
    const lost = this.lose();
    await new Promise(resolve => setImmediate(resolve));
    if (lost === 'request') {
      throw new TypeError('Failed to fetch');
    }
    const path = url.split('/comexp/api/datasets/ds')[1];
    const response = this._route(path, body ? JSON.parse(body) : undefined);
    await this.hold(path);
    if (lost === 'answer') {
      throw new TypeError('Failed to fetch');
    }
    return response;
  }

  private _route(path: string, body: unknown): Response {
    if (path === '/labels') {
      return this._edit(body as IEditBatch);
    }
    if (path === '/classes') {
      if (body) {
        this.classes.push((body as { name: string }).name);
      }
      return Response.json(this.classes.map((name, id) => ({ id, name, color: '' })));
    }
    if (path === '/samples/ids') {
      return Response.json(this.ids);
    }
    if (path === '/samples/query') {
      return Response.json({
        total: 3,
        revision: 1,
        samples: [1, 2, 3].map(id => this._sample(id))
      });
    }
    return Response.json(this._sample(Number(path.split('/')[2])));
  }

  private _edit(batch: IEditBatch): Response {
    this.posts++;
    try {
      return Response.json(this.service.edit(batch));
    } catch (error) {
      const detail = (error as Refusal).message;
      return Response.json({ type: 'urn:comexp:Conflict', detail }, { status: 409 });
    }
  }

  private _sample(id: number): ISample {
    const labels = [...this.service.labels.values()].filter(l => l.sample === id);
    return {
      id,
      name: `${id}.jpg`,
      kind: 'image',
      width: 640,
      height: 480,
      labels: structuredClone(labels)
    };
  }
}

async function open(wire: Wire, storage = new Memory()): Promise<Session> {
  wire.connect();
  const place = { baseUrl: 'http://lab/', getXsrf: () => 'x' };
  const session = new Session(new DatasetApi(place, 'ds'), 'ds', storage);
  await session.open({});
  return session;
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !done(); i++) {
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  assert.ok(done());
}

const saved = (session: Session): Promise<void> => {
  const timer = setInterval(() => session.queue.retryNow(), 1);
  return until(() => session.save.unsaved === 0).finally(() => clearInterval(timer));
};

/** Each label carries a number of its own, so that it is known again whatever its key or id. */
type Truth = Map<number, string>;

function act(c: Chance, session: Session, truth: Truth): void {
  const known = [...session.labels];
  const what = c.int(4);
  if (what < 2 || known.length === 0) {
    const n = c.int(1e9);
    truth.set(n, 'new');
    const key = `k${n}`;
    const value = {
      class_name: 'new',
      kind: 'box',
      bbox: [1, 2, 3, 4],
      attributes: { n }
    } as const;
    session.edit([{ op: 'add', key, value: { ...value, bbox: [1, 2, 3, 4] } }]);
    return;
  }
  const [key, label] = c.pick(known);
  const n = Number(label.attributes?.n);
  if (what === 2) {
    truth.delete(n);
    session.remove(key);
  } else {
    const name = `c${c.int(50)}`;
    truth.set(n, name);
    session.change(key, { class_name: name });
  }
}

function stored(wire: Wire): Truth {
  return new Map(
    [...wire.service.labels.values()].map(l => [Number(l.attributes?.n), l.class_name])
  );
}

const sorted = (truth: Truth): [number, string][] => [...truth].sort(([a], [b]) => a - b);

test('a page that dies at any moment loses nothing and does nothing twice', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    const c = new Chance(seed);
    const wire = new Wire();
    const storage = new Memory();
    const truth: Truth = new Map();
    for (let life = 0; life < 4; life++) {
      wire.lose = () => 'nothing';
      const session = await open(wire, storage);
      await saved(session);
      await session.refresh();
      wire.lose = () => c.pick(['nothing', 'request', 'answer'] as const);
      for (let i = 0; i < 8; i++) {
        act(c, session, truth);
        session.queue.retryNow();
        await new Promise(resolve => setTimeout(resolve, c.int(3)));
      }
      session.dispose();
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    wire.lose = () => 'nothing';
    const last = await open(wire, storage);
    await saved(last);
    await last.refresh();
    assert.deepEqual(sorted(stored(wire)), sorted(truth), `seed ${seed}`);
    const shown = new Map(
      [...last.labels.values()].map(l => [Number(l.attributes?.n), l.class_name])
    );
    assert.deepEqual(sorted(shown), sorted(truth), `seed ${seed}: shown`);
    assert.equal(last.labels.size, truth.size, `seed ${seed}: nothing twice`);
    assert.equal(storage.length, 0);
    last.dispose();
  }
});

test('undo goes back to the image where it happened, and the store follows', async () => {
  const wire = new Wire();
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await session.goTo(1);
  session.place({ kind: 'box', bbox: [2, 2, 9, 9] });
  await session.undo();
  await session.undo();
  assert.equal(session.sample?.id, 1);
  await saved(session);
  assert.equal(wire.service.labels.size, 0);
  await session.redo();
  await session.redo();
  assert.equal(session.sample?.id, 2);
  await saved(session);
  assert.deepEqual(
    [...wire.service.labels.values()].map(l => l.bbox),
    [
      [1, 1, 9, 9],
      [2, 2, 9, 9]
    ]
  );
  session.dispose();
});

/** A gate for answers of one path; `open` lets them through. */
function gate(wire: Wire, held: string): { open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>(resolve => (open = resolve));
  wire.hold = path => (path === held ? opened : Promise.resolve());
  return { open: () => open() };
}

test('a label that is seen in the store before its own save is answered is shown once', async () => {
  const wire = new Wire();
  const session = await open(wire);
  const answer = gate(wire, '/labels');
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await until(() => wire.service.labels.size === 1);
  await session.refresh();
  answer.open();
  await saved(session);
  assert.equal(session.labels.size, 1);
  assert.equal(session.queue.idOf([...session.labels.keys()][0]), 1);
  session.dispose();
});

test('an older answer never hides a label that was saved meanwhile', async () => {
  const wire = new Wire();
  const session = await open(wire);
  const answer = gate(wire, '/samples/1');
  const refreshed = session.refresh();
  await new Promise(resolve => setTimeout(resolve, 5));
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await saved(session);
  answer.open();
  await refreshed;
  assert.equal(session.labels.size, 1);
  session.dispose();
});

test('an edit made while an older answer is asked for again is no conflict with ourselves', async () => {
  const wire = new Wire();
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await saved(session);
  const move = async (x: number): Promise<void> => {
    session.change(session.selected as string, { bbox: [x, 1, 9, 9] });
    await saved(session);
  };
  const older = gate(wire, '/samples/1');
  const refreshed = session.refresh();
  await new Promise(resolve => setTimeout(resolve, 5));
  await move(2);
  const newer = gate(wire, '/samples/1');
  older.open();
  await new Promise(resolve => setTimeout(resolve, 5));
  await move(3);
  newer.open();
  await refreshed;
  assert.deepEqual(session.notices, []);
  assert.deepEqual(wire.service.labels.get(1)?.bbox, [3, 1, 9, 9]);
  session.dispose();
});

test('seeing their change does not make an edit that waits overwrite it', async () => {
  const wire = new Wire();
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await saved(session);
  wire.lose = () => 'request';
  session.change(session.selected as string, { bbox: [2, 2, 9, 9] });
  await until(() => session.save.status === 'offline');
  const theirs = {
    op: 'set' as const,
    label: 1,
    since: 99,
    set: { bbox: [5, 5, 5, 5] as [number, number, number, number] }
  };
  wire.service.edit({ client_id: 'other', message: '', edits: [theirs] });
  let asked = 0;
  wire.lose = () => (asked++ === 0 ? 'nothing' : 'request');
  await session.refresh();
  wire.lose = () => 'nothing';
  await saved(session);
  assert.deepEqual(wire.service.labels.get(1)?.bbox, [5, 5, 5, 5]);
  assert.equal(session.notices.length, 1);
  session.dispose();
});

test('a conflict keeps both: theirs is shown, ours can be insisted upon, even after they deleted it', async () => {
  for (const theirs of ['set', 'delete'] as const) {
    const wire = new Wire();
    const session = await open(wire);
    session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
    await saved(session);
    const other = {
      op: theirs,
      label: 1,
      since: 99,
      set: { bbox: [5, 5, 5, 5] as [number, number, number, number] }
    };
    wire.service.edit({ client_id: 'other', message: '', edits: [other] });
    session.change(session.selected as string, { bbox: [2, 2, 9, 9] });
    await saved(session);
    await until(() => session.notices.length === 1);
    await until(
      () =>
        [...session.labels.values()].map(l => String(l.bbox)).join() ===
        (theirs === 'set' ? '5,5,5,5' : '')
    );
    await session.insist(session.notices[0]);
    await saved(session);
    assert.deepEqual(
      [...wire.service.labels.values()].map(l => l.bbox),
      [[2, 2, 9, 9]],
      theirs
    );
    assert.equal(session.queue.refused.length, 0);
    session.dispose();
  }
});

test('ours reaches its own image, also from a view without it; without a network it goes on waiting', async () => {
  const wire = new Wire();
  const storage = new Memory();
  const first = await open(wire, storage);
  first.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await saved(first);
  const set = { bbox: [5, 5, 5, 5] as [number, number, number, number] };
  const edits = [{ op: 'set' as const, label: 1, since: 99, set }];
  wire.service.edit({ client_id: 'other', message: '', edits });
  first.change(first.selected as string, { bbox: [2, 2, 9, 9] });
  await until(() => first.notices.length === 1);
  first.dispose();
  wire.ids = [2];
  const next = await open(wire, storage);
  assert.equal(next.sample?.id, 2);
  wire.lose = () => 'request';
  await next.insist(next.notices[0]);
  assert.equal(next.queue.refused.length, 1);
  wire.lose = () => 'nothing';
  await next.insist(next.notices.filter(n => n.refused)[0]);
  await saved(next);
  assert.equal(next.queue.refused.length, 0);
  assert.deepEqual(
    [...wire.service.labels.values()].map(l => [l.sample, l.bbox]),
    [[1, [2, 2, 9, 9]]]
  );
  next.dispose();
});

test('what was refused is not taken back, and where both deleted nothing is asked', async () => {
  const wire = new Wire();
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await saved(session);
  const set = { bbox: [5, 5, 5, 5] as [number, number, number, number] };
  const theirs = (op: 'set' | 'delete', since: number): void =>
    void wire.service.edit({
      client_id: `other ${op}`,
      message: '',
      edits: [{ op, label: 1, since, set }]
    });
  theirs('set', 99);
  session.change(session.selected as string, { bbox: [2, 2, 9, 9] });
  await until(() => session.notices.length === 1);
  assert.equal(session.history.canUndo, false);
  session.dismiss(session.notices[0]);
  await until(
    () =>
      session.save.unsaved === 0 &&
      String(session.labels.get([...session.labels.keys()][0])?.bbox) === '5,5,5,5'
  );
  theirs('delete', 999);
  session.remove([...session.labels.keys()][0]);
  await until(() => session.save.unsaved === 0 && session.notices.length === 0);
  await until(() => session.queue.refused.length === 0);
  assert.equal(session.labels.size, 0);
  session.dispose();
});

test('a box drawn before any class exists waits for its class', async () => {
  const wire = new Wire();
  wire.classes.length = 0;
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  assert.equal(session.labels.size, 0);
  session.chooseClass('cat');
  await saved(session);
  assert.deepEqual(
    [...wire.service.labels.values()].map(l => l.class_name),
    ['cat']
  );
  await until(() => wire.classes.includes('cat'));
  session.dispose();
});

test('suggestions: the threshold hides, deciding walks through, all at once is one step', async () => {
  const wire = new Wire();
  const value = (confidence: number) =>
    ({
      class_name: 'car',
      kind: 'box',
      bbox: [1, 1, 9, 9],
      state: 'suggested',
      confidence
    }) as const;
  const edits = [0.9, 0.2, 0.6].map(confidence => ({
    op: 'add' as const,
    sample: 1,
    value: { ...value(confidence), bbox: [1, 1, 9, 9] as [number, number, number, number] }
  }));
  wire.service.edit({ client_id: 'model', message: '', edits });
  const session = await open(wire);
  await session.refresh();
  session.threshold = 0.5;
  assert.deepEqual(
    suggestions(session).map(k => session.labels.get(k)?.confidence),
    [0.9, 0.6]
  );
  decide(session, 'accepted');
  assert.equal(session.selectedLabel?.confidence, 0.9);
  decide(session, 'accepted');
  assert.equal(session.selectedLabel?.confidence, 0.6);
  session.threshold = 0;
  assert.equal(decideAll(session, 'rejected'), 2);
  await saved(session);
  assert.deepEqual(
    [...wire.service.labels.values()].map(l => l.state),
    ['accepted', 'rejected', 'rejected']
  );
  await session.undo();
  await saved(session);
  assert.deepEqual(
    [...wire.service.labels.values()].map(l => l.state),
    ['accepted', 'suggested', 'suggested']
  );
  session.dispose();
});

test('copying takes the accepted boxes of the image before, once', async () => {
  const wire = new Wire();
  const session = await open(wire);
  session.place({ kind: 'box', bbox: [600, 400, 100, 100] });
  session.place({ kind: 'box', bbox: [1, 1, 9, 9] });
  await session.goTo(1);
  assert.equal(await copyPrevious(session), 2);
  assert.equal(await copyPrevious(session), 0);
  assert.deepEqual(
    [...session.labels.values()].map(l => l.bbox),
    [
      [600, 400, 40, 80],
      [1, 1, 9, 9]
    ]
  );
  await saved(session);
  session.dispose();
});
