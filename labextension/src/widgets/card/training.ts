/** What a training run shows: losses and mAP over the epochs. */

import { h } from '../../annotator/parts/dom';
import { IRun } from './api';
import { chart, ISeries } from './chart';
import { IPart } from './part';

const COLORS = ['#3D8BFD', '#E8590C', '#12A27B', '#C0578F', '#8A63D2'];

export function training(): IPart {
  const losses = chart({ title: 'Loss', xName: 'epoch' });
  const scores = chart({ title: 'On the validation images', xName: 'epoch', y: [0, 1] });
  const element = h('div', { class: 'charts' }, losses.element, scores.element);
  let drawn = -1;
  const update = (run: IRun): void => {
    element.hidden = run.metrics.length === 0;
    if (run.metrics.length === drawn) {
      return;
    }
    drawn = run.metrics.length;
    const x: [number, number] = [1, Math.max(Number(run.params.epochs) || 1, drawn, 2)];
    losses.update(lossSeries(run.metrics), { x });
    scores.update(scoreSeries(run.metrics), { x });
  };
  return { element, update, dispose: () => [losses, scores].forEach(c => c.dispose()) };
}

/** One colour for each loss: solid in training, dashed in validation. */
export function lossSeries(metrics: Record<string, number>[]): ISeries[] {
  const names = namesOf(metrics).filter(name => name.endsWith('_loss'));
  const kinds = [...new Set(names.map(name => name.replace('val_', '')))];
  return names.map(name => ({
    name: name.replace('_loss', '').replace('val_', 'val '),
    color: COLORS[kinds.indexOf(name.replace('val_', '')) % COLORS.length],
    dashed: name.startsWith('val_'),
    points: pointsOf(metrics, name)
  }));
}

export function scoreSeries(metrics: Record<string, number>[]): ISeries[] {
  const wanted = ['mAP50', 'mAP50-95', 'precision', 'recall', 'accuracy_top1', 'accuracy_top5'];
  const names = wanted.filter(name => namesOf(metrics).includes(name));
  return names.map((name, i) => ({
    name,
    color: COLORS[i],
    dashed: name === 'precision' || name === 'recall',
    points: pointsOf(metrics, name)
  }));
}

function namesOf(metrics: Record<string, number>[]): string[] {
  return [...new Set(metrics.flatMap(row => Object.keys(row)))];
}

function pointsOf(metrics: Record<string, number>[], name: string): [number, number][] {
  return metrics.map((row, i) => [row.epoch ?? i + 1, row[name] ?? NaN]);
}
