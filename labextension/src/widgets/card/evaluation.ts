/** What an evaluation found: mAP, AP of each class, precision over recall, and what was taken for what. */

import { h } from '../../annotator/parts/dom';
import { classColor } from '../../annotator/palette';
import { IRun } from './api';
import { chart, IChart, ISeries } from './chart';
import { IPart } from './part';

/** The result of an evaluation run, as `comexp_lab/learn/evaluating.py` writes it. */
interface IEvaluation {
  map: number;
  map50: number;
  map75?: number | null;
  /** Whole-image classes: the share of right answers. */
  accuracy?: number;
  images: number;
  labels?: number;
  unknown_classes?: string[];
  per_class: IClassScore[];
  confusion?: IConfusion;
}

interface IClassScore {
  class: string;
  ap?: number | null;
  ap50?: number | null;
  accuracy?: number;
  labels: number;
  recall?: number[];
  precision?: number[];
}

interface IConfusion {
  /** The last one is "nothing". */
  classes: string[];
  /** Rows: what it is; columns: what was found. */
  counts: number[][];
  confidence: number;
  iou: number;
}

/** As many curves as can be told apart. */
const CURVES = 8;
/** A larger matrix would be noise. */
const MATRIX = 24;

export function evaluation(): IPart {
  const element = h('div', { class: 'card', hidden: true });
  let curves: IChart | null = null;
  let shown: unknown = null;
  const update = (run: IRun): void => {
    const result = run.result as unknown as IEvaluation | null;
    if (run.kind !== 'evaluate' || !result?.per_class || shown === run.ended) {
      return;
    }
    shown = run.ended;
    curves?.dispose();
    curves = curvesOf(result);
    element.hidden = false;
    element.replaceChildren(
      ...[
        scores(result),
        unknown(result.unknown_classes),
        h('div', { class: 'charts' }, bars(result), curves?.element ?? null),
        confusion(result.confusion)
      ].filter(part => part !== null)
    );
  };
  return { element, update, dispose: () => curves?.dispose() };
}

const share = (value: number | null | undefined): string =>
  typeof value === 'number' && value >= 0 ? value.toFixed(3) : '–';

function scores(result: IEvaluation): HTMLElement {
  const facts: [string, string][] =
    result.accuracy === undefined
      ? [
          ['mAP50-95', share(result.map)],
          ['mAP50', share(result.map50)],
          ['mAP75', share(result.map75)]
        ]
      : [['Accuracy', share(result.accuracy)]];
  facts.push(['Images', result.images.toLocaleString()]);
  if (result.labels !== undefined) {
    facts.push(['Labels', result.labels.toLocaleString()]);
  }
  return h(
    'dl',
    { class: 'facts' },
    ...facts.map(([name, v]) => h('div', {}, h('dt', {}, name), h('dd', {}, v)))
  );
}

function unknown(names: string[] | undefined): HTMLElement | null {
  return names?.length
    ? h(
        'p',
        { class: 'note' },
        `The model does not know: ${names.join(', ')}. They count as missed.`
      )
    : null;
}

/** The number that a class is judged by. */
const judged = (row: IClassScore): number | null | undefined => row.ap50 ?? row.accuracy;

function bars(result: IEvaluation): HTMLElement {
  const rows = [...result.per_class].sort((a, b) => (judged(b) ?? -1) - (judged(a) ?? -1));
  const cells = rows.flatMap(row => {
    const fill = h('i');
    fill.style.width = `${100 * Math.max(judged(row) ?? 0, 0)}%`;
    const scores_ =
      row.accuracy === undefined
        ? `AP50 ${share(row.ap50)}, AP50-95 ${share(row.ap)}`
        : share(row.accuracy);
    const title = `${row.class}: ${scores_}, ${row.labels} labels`;
    return [
      h('span', { title }, row.class),
      h('span', { class: 'bar', title, role: 'img', 'aria-label': title }, fill),
      h('span', { class: 'number' }, share(judged(row)))
    ];
  });
  return h(
    'figure',
    { class: 'chart' },
    h('h3', {}, result.accuracy === undefined ? 'AP50 by class' : 'Accuracy by class'),
    h('div', { class: 'bars' }, ...cells)
  );
}

function curvesOf(result: IEvaluation): IChart | null {
  const series = result.per_class
    .filter(row => (row.precision?.length ?? 0) > 1)
    .slice(0, CURVES)
    .map((row, i): ISeries => ({
      name: row.class,
      color: classColor(i),
      points: (row.precision ?? []).map((p, r) => [row.recall?.[r] ?? 0, p])
    }));
  if (series.length === 0) {
    return null;
  }
  const made = chart({
    title: 'Precision over recall, IoU 0.5',
    xName: 'recall',
    x: [0, 1],
    y: [0, 1]
  });
  made.update(series);
  return made;
}

function confusion(found: IConfusion | undefined): HTMLElement | null {
  if (!found || found.classes.length > MATRIX) {
    return null;
  }
  const { classes: names, counts } = found;
  const head = h('tr', {}, h('th', {}, ''), ...names.map(name => h('th', { scope: 'col' }, name)));
  const rows = counts.map((row, i) =>
    h('tr', {}, h('th', { scope: 'row' }, names[i]), ...row.map((n, j) => cell(n, row, i === j)))
  );
  const table = h('table', { class: 'matrix' }, h('thead', {}, head), h('tbody', {}, ...rows));
  const title = 'What it is (rows) and what was found (columns)';
  return h('figure', { class: 'chart' }, h('h3', {}, title), h('div', { class: 'wide' }, table));
}

function cell(n: number, row: number[], right: boolean): HTMLElement {
  const total = row.reduce((a, b) => a + b, 0);
  const made = h('td', {}, n ? n.toLocaleString() : '');
  const strength = total ? Math.round((80 * n) / total) : 0;
  made.style.background = `color-mix(in srgb, var(${right ? '--good' : '--bad'}) ${strength}%, var(--soft))`;
  return made;
}
