import assert from 'node:assert/strict';
import test from 'node:test';
import { History } from '../../src/annotator/history';
import { apply, Labels, Op } from '../../src/annotator/ops';
import { ILabelIn } from '../../src/annotator/types';
import { Chance, forSeeds } from './chance';

const label = (c: Chance): ILabelIn => ({
  class_name: c.pick(['car', 'dog', 'кошка']),
  kind: 'box',
  bbox: [c.int(100), c.int(100), 1 + c.int(50), 1 + c.int(50)],
  state: c.pick(['accepted', 'suggested'] as const),
  source: 'human',
  confidence: null
});

function change(c: Chance, labels: Labels): Op[] {
  const keys = [...labels.keys(), 'gone'];
  return Array.from({ length: 1 + c.int(3) }, (): Op => {
    const what = c.int(3);
    if (what === 0) {
      return { op: 'add', key: `k${c.int(1e9)}`, value: label(c) };
    }
    const key = c.pick(keys);
    return what === 1
      ? { op: 'delete', key }
      : { op: 'set', key, set: { class_name: c.pick(['car', 'bus']), bbox: [1, 2, 3, c.int(9)] } };
  });
}

const plain = (labels: Labels): [string, ILabelIn][] =>
  [...labels].sort(([a], [b]) => (a < b ? -1 : 1));

test('the inverse takes every change back, and apply never changes its input', () => {
  forSeeds(500, c => {
    let labels: Labels = new Map();
    for (let i = 0; i < 12; i++) {
      const before = structuredClone(plain(labels));
      const ops = change(c, labels);
      const made = apply(labels, ops);
      assert.deepEqual(plain(labels), before);
      assert.deepEqual(plain(apply(made.labels, made.inverse).labels), before);
      labels = made.labels;
    }
  });
});

test('undo and redo walk through exactly the states that were', () => {
  forSeeds(200, c => {
    const history = new History();
    let labels: Labels = new Map();
    const run = ({ ops }: { ops: Op[] }): Op[] => {
      const made = apply(labels, ops);
      labels = made.labels;
      return made.inverse;
    };
    const states = [plain(labels)];
    let at = 0;
    for (let i = 0; i < 40; i++) {
      const way = c.int(3);
      if (way === 0) {
        history.push({ sample: 1, ops: run({ ops: change(c, labels) }) });
        states.splice(++at, Infinity, plain(labels));
      } else if (way === 1) {
        history.undo(run);
        at = Math.max(at - 1, 0);
      } else {
        history.redo(run);
        at = Math.min(at + 1, states.length - 1);
      }
      assert.deepEqual(plain(labels), states[at]);
      assert.equal(history.canUndo, at > 0);
      assert.equal(history.canRedo, at < states.length - 1);
    }
  });
});
