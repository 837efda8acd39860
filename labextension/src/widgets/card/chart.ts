/** A small line chart in SVG: axes, legend, and the values under the pointer. */

import { h } from '../../annotator/parts/dom';
import { brief, IScale, niceScale } from './scale';

export interface ISeries {
  name: string;
  color: string;
  dashed?: boolean;
  /** (x, y) in order of x; a NaN y is a gap. */
  points: [number, number][];
}

export interface IChartOptions {
  title: string;
  xName: string;
  /** Bounds of the axes where the data alone does not say them. */
  x?: [number, number];
  y?: [number, number];
}

export interface IChart {
  element: HTMLElement;
  update(series: ISeries[], options?: Partial<IChartOptions>): void;
  dispose(): void;
}

const MARGIN = { top: 8, right: 10, bottom: 24, left: 38 };
const HEIGHT = 168;
const SVG = 'http://www.w3.org/2000/svg';

type Attributes = Record<string, string | number>;

function svg(tag: string, attributes: Attributes, ...children: (Node | string)[]): SVGElement {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, String(value)));
  element.append(...children);
  return element;
}

export function chart(initial: IChartOptions): IChart {
  return new Chart(initial);
}

class Chart implements IChart {
  constructor(private _options: IChartOptions) {
    this._plot.append(this._tip);
    this.element.append(h('h3', {}, _options.title), this._plot, this._legend);
    this._plot.addEventListener('pointermove', event => this._point(event.clientX));
    this._plot.addEventListener('pointerleave', () => this._unpoint());
    this._observer.observe(this._plot);
  }

  readonly element = h('figure', { class: 'chart' });

  update(series: ISeries[], options: Partial<IChartOptions> = {}): void {
    this._series = series;
    this._options = { ...this._options, ...options };
    this._draw();
  }

  dispose(): void {
    this._observer.disconnect();
  }

  private _draw(): void {
    this._width = this._plot.clientWidth || 320;
    this._scales();
    const root = svg('svg', {
      viewBox: `0 0 ${this._width} ${HEIGHT}`,
      role: 'img',
      'aria-label': this._said()
    });
    root.append(...this._axes(), ...this._series.flatMap(s => this._line(s)), this._cursor);
    this._svg?.remove();
    this._svg = root;
    this._plot.prepend(root);
    this._legend.replaceChildren(...this._series.map(legendEntry));
  }

  private _scales(): void {
    const xs = this._series.flatMap(s => s.points.map(p => p[0]));
    const ys = this._series.flatMap(s => s.points.map(p => p[1])).filter(Number.isFinite);
    const [x0, x1] = this._options.x ?? [Math.min(...xs), Math.max(...xs)];
    const [y0, y1] =
      this._options.y ?? (ys.length ? [Math.min(0, ...ys), Math.max(...ys)] : [0, 1]);
    this._y = niceScale(y0, y1);
    this._x = { ...niceScale(x0, x1), min: x0, max: x1 > x0 ? x1 : x0 + 1 };
  }

  private _px(x: number): number {
    const share = (x - this._x.min) / (this._x.max - this._x.min);
    return MARGIN.left + share * (this._width - MARGIN.left - MARGIN.right);
  }

  private _py(y: number): number {
    const share = (y - this._y.min) / (this._y.max - this._y.min);
    return HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.top - MARGIN.bottom);
  }

  private _axes(): SVGElement[] {
    const right = this._width - MARGIN.right;
    const lines = this._y.ticks.flatMap(tick => [
      svg('line', {
        class: 'grid',
        x1: MARGIN.left,
        x2: right,
        y1: this._py(tick),
        y2: this._py(tick)
      }),
      svg(
        'text',
        { x: MARGIN.left - 6, y: this._py(tick) + 3.5, 'text-anchor': 'end' },
        brief(tick)
      )
    ]);
    const room = right - 7 * this._options.xName.length - 12;
    const whole = this._x.max > 1; // there is no epoch one and a half
    const inside = this._x.ticks.filter(
      t => t >= this._x.min && this._px(t) <= room && (!whole || Number.isInteger(t))
    );
    const marks = inside.map(tick =>
      svg('text', { x: this._px(tick), y: HEIGHT - 8, 'text-anchor': 'middle' }, brief(tick))
    );
    const name = svg(
      'text',
      { x: right, y: HEIGHT - 8, 'text-anchor': 'end' },
      this._options.xName
    );
    return [...lines, ...marks, name];
  }

  private _line(series: ISeries): SVGElement[] {
    const drawn = series.points.filter(p => Number.isFinite(p[1]));
    const path = drawn.map(
      ([x, y], i) => `${i ? 'L' : 'M'}${this._px(x).toFixed(1)} ${this._py(y).toFixed(1)}`
    );
    const line = svg('path', { class: 'line', d: path.join(''), stroke: series.color });
    if (series.dashed) {
      line.setAttribute('stroke-dasharray', '4 3');
    }
    const dots = drawn.length <= 2 ? drawn : drawn.slice(-1);
    return [
      line,
      ...dots.map(([x, y]) =>
        svg('circle', { cx: this._px(x), cy: this._py(y), r: 2.5, fill: series.color })
      )
    ];
  }

  /** Shows the values at the x nearest to the pointer. */
  private _point(clientX: number): void {
    const at = clientX - this._plot.getBoundingClientRect().left;
    const xs = [...new Set(this._series.flatMap(s => s.points.map(p => p[0])))];
    if (xs.length === 0) {
      return;
    }
    const x = xs.reduce((a, b) =>
      Math.abs(this._px(b) - at) < Math.abs(this._px(a) - at) ? b : a
    );
    const rows = this._series.flatMap(s => {
      const y = s.points.find(p => p[0] === x)?.[1];
      return y === undefined || !Number.isFinite(y) ? [] : [tipRow(s, y)];
    });
    this._tip.replaceChildren(
      h('div', { class: 'quiet' }, `${this._options.xName} ${brief(x)}`),
      ...rows
    );
    this._tip.hidden = false;
    const left = this._px(x);
    this._tip.style.left = `${left > this._width / 2 ? left - this._tip.offsetWidth - 8 : left + 8}px`;
    this._cursor.setAttribute('d', `M${left} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}`);
  }

  private _unpoint(): void {
    this._tip.hidden = true;
    this._cursor.setAttribute('d', '');
  }

  private _said(): string {
    const ends = this._series.map(s => {
      const last = s.points[s.points.length - 1]?.[1];
      return `${s.name} ${last === undefined ? 'not yet known' : brief(last)}`;
    });
    return `${this._options.title}: ${ends.join(', ')}`;
  }

  private readonly _plot = h('div', { class: 'plot' });
  private readonly _legend = h('figcaption', { class: 'legend' });
  private readonly _tip = h('div', { class: 'tip', hidden: true });
  private readonly _cursor = svg('path', { class: 'cursor', d: '' });
  private readonly _observer = new ResizeObserver(
    () => this._plot.clientWidth !== this._width && this._draw()
  );
  private _svg: SVGElement | null = null;
  private _series: ISeries[] = [];
  private _width = 0;
  private _x: IScale = niceScale(0, 1);
  private _y: IScale = niceScale(0, 1);
}

function stroke(series: ISeries): HTMLElement {
  const mark = h('span', { class: series.dashed ? 'mark dashed' : 'mark', 'aria-hidden': 'true' });
  mark.style.borderColor = series.color;
  return mark;
}

function legendEntry(series: ISeries): HTMLElement {
  return h('span', { class: 'entry' }, stroke(series), series.name);
}

function tipRow(series: ISeries, y: number): HTMLElement {
  return h('div', { class: 'entry' }, stroke(series), series.name, h('b', {}, brief(y)));
}
