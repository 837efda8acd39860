/** What a finished import, export, prediction or training has to say, with its problems as a table. */

import { h } from '../../annotator/parts/dom';
import { apiUrl, IPlace } from '../../annotator/http';
import { IRun, modelName } from './api';
import { brief } from './scale';
import { IPart } from './part';

type Facts = [name: string, value: string][];

interface IProblem {
  file: string;
  line: number | null;
  what: string;
  severity: string;
}

interface ICertificate {
  samples: number;
  labels: number;
  lossless: boolean;
  lost: Record<string, number>;
}

export function report(place: IPlace): IPart {
  const facts = h('dl', { class: 'facts' });
  const note = h('p', { class: 'note' });
  const table = h('div', {
    class: 'table',
    hidden: true,
    tabindex: '0',
    role: 'region',
    'aria-label': 'Problems'
  });
  const link = h('a', { class: 'action', hidden: true, download: true }, 'Download');
  const element = h('div', { class: 'card', hidden: true }, facts, link, note, table);
  let shown = '';
  const update = (run: IRun): void => {
    const state = JSON.stringify([run.status, run.result, run.model]);
    if (state === shown) {
      return;
    }
    shown = state;
    const found = factsOf(run);
    element.hidden = found.length === 0;
    facts.replaceChildren(...found.map(([name, value]) => fact(name, value)));
    note.textContent = noteOf(run);
    note.hidden = note.textContent === '';
    problems(table, run);
    link.hidden = !run.result?.download;
    link.href = apiUrl(place, `runs/${encodeURIComponent(run.id)}/download`);
    if (run.model) {
      nameModel(place, run.model, facts);
    }
  };
  return { element, update };
}

function fact(name: string, value: string): HTMLElement {
  return h(
    'div',
    {},
    h('dt', {}, name),
    h('dd', { class: value.length > 14 ? 'long' : '' }, value)
  );
}

function factsOf(run: IRun): Facts {
  if (run.kind === 'evaluate') {
    return [];
  }
  const result = run.result ?? {};
  const certificate = result.certificate as ICertificate | undefined;
  const values: Record<string, unknown> = { ...result, ...certificate };
  const facts: Facts = [];
  for (const [key, name, show] of SHOWN) {
    const value = values[key];
    if (value !== undefined && value !== null && (value !== 0 || !OPTIONAL.has(key))) {
      facts.push([name, show(value)]);
    }
  }
  if (run.kind === 'train' && run.status === 'succeeded') {
    facts.unshift(...bestScores(run));
  }
  return facts;
}

const count = (value: unknown): string => Number(value).toLocaleString();
const SHOWN: [key: string, name: string, show: (value: unknown) => string][] = [
  ['format', 'Format', String],
  ['samples', 'Images', count],
  ['images', 'Images', count],
  ['labels', 'Labels', count],
  ['suggestions', 'Suggestions', count],
  ['classes', 'Classes', value => (Array.isArray(value) ? count(value.length) : count(value))],
  ['duplicates', 'Duplicates left out', count],
  ['files', 'Files', count],
  ['bytes', 'Size', value => size(Number(value))],
  ['path', 'Written to', String]
];
/** Not worth a word when there are none. */
const OPTIONAL = new Set(['duplicates', 'files']);

function bestScores(run: IRun): Facts {
  const best = (run.result?.best ?? run.metrics[run.metrics.length - 1] ?? {}) as Record<
    string,
    number
  >;
  const scores = ['mAP50', 'mAP50-95', 'accuracy_top1'].filter(name => Number.isFinite(best[name]));
  const facts = scores.map((name): [string, string] => [name, best[name].toFixed(3)]);
  return best.epoch ? [...facts, ['Best epoch', String(best.epoch)]] : facts;
}

function nameModel(place: IPlace, model: string, facts: HTMLElement): void {
  modelName(place, model).then(
    name => facts.append(fact('Model', name)),
    () => facts.append(fact('Model', model.slice(0, 8)))
  );
}

function noteOf(run: IRun): string {
  const certificate = run.result?.certificate as ICertificate | undefined;
  if (!certificate) {
    return '';
  }
  const lost = Object.entries(certificate.lost).map(
    ([what, n]) => `${what} (${n.toLocaleString()})`
  );
  return certificate.lossless
    ? 'Nothing was lost: this format holds everything that the dataset knows.'
    : `This format could not hold: ${lost.join(', ')}.`;
}

function problems(table: HTMLElement, run: IRun): void {
  const found = (run.result?.problems ?? []) as IProblem[];
  const total = Number(run.result?.problem_count ?? found.length);
  table.hidden = found.length === 0;
  const head = h(
    'tr',
    {},
    h('th', {}, 'File'),
    h('th', { class: 'number' }, 'Line'),
    h('th', {}, 'Problem'),
    h('th', {}, '')
  );
  const rows = found.map(p =>
    h(
      'tr',
      {},
      h('td', {}, p.file),
      h('td', { class: 'number' }, p.line === null ? '' : String(p.line)),
      h('td', {}, p.what),
      h('td', { class: 'quiet' }, p.severity)
    )
  );
  const more =
    total > found.length &&
    h('caption', {}, `${brief(total)} problems, the first ${found.length} of them:`);
  table.replaceChildren(h('table', {}, more, h('thead', {}, head), h('tbody', {}, ...rows)));
}

export function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
  return `${brief(bytes / 1000 ** power)} ${units[power]}`;
}
