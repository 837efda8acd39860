/**
 * The card of a run. It asks the lab service, not the kernel: it goes on while the kernel is busy, and a card opened
 * later shows the same.
 */

import { listen } from '../../annotator/events';
import { HttpError, IPlace } from '../../annotator/http';
import { h } from '../../annotator/parts/dom';
import { fetchRun, IRun, isOver } from './api';
import { evaluation } from './evaluation';
import { logTail } from './logTail';
import { IPart } from './part';
import { report } from './report';
import { status } from './status';
import { STYLE } from './style';
import { training } from './training';

export interface IRunCardOptions extends IPlace {
  run: string;
  onState?: (run: IRun) => void;
}

const SOON_MS = 250;
/** Asked anyway this often, should the stream of events be interrupted. */
const REGULARLY_MS = 3000;

export function createRunCard(el: HTMLElement, options: IRunCardOptions): { dispose(): void } {
  return new RunCard(el, options);
}

class RunCard {
  constructor(
    el: HTMLElement,
    private readonly _options: IRunCardOptions
  ) {
    const root = this._host.attachShadow({ mode: 'open' });
    this._parts = [
      status(_options, () => this._plan(0)),
      training(),
      evaluation(),
      report(_options),
      logTail()
    ];
    this._shown.append(...this._parts.map(part => part.element));
    this._shown.hidden = true;
    root.append(h('style', {}, STYLE), h('div', { class: 'card' }, this._shown, this._trouble));
    el.append(this._host);
    this._unlisten = listen(_options, event => {
      if (event === 'resync' || event.run === _options.run) {
        this._plan(SOON_MS);
      }
    });
    this._plan(0);
  }

  dispose(): void {
    this._disposed = true;
    clearTimeout(this._timer);
    this._unlisten();
    this._parts.forEach(part => part.dispose?.());
    this._host.remove();
  }

  /** Asks within `ms`, unless that is planned for earlier. */
  private _plan(ms: number): void {
    const at = Date.now() + ms;
    if (this._disposed || at >= this._next) {
      return;
    }
    this._next = at;
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._ask(), ms);
  }

  private async _ask(): Promise<void> {
    try {
      const run = await fetchRun(this._options, this._options.run);
      this._next = Infinity;
      this._show(run);
      if (!isOver(run)) {
        this._plan(REGULARLY_MS);
      }
    } catch (error) {
      this._next = Infinity;
      if (error instanceof HttpError && error.status === 404) {
        this._shown.hidden = true;
        this._tell(
          'This run is no longer there: it was erased with its data, or belongs to another workspace.'
        );
      } else {
        this._tell(error instanceof Error ? error.message : String(error));
        this._plan(REGULARLY_MS);
      }
    }
  }

  private _show(run: IRun): void {
    if (!this._disposed) {
      this._tell('');
      this._shown.hidden = false;
      this._parts.forEach(part => part.update(run));
      this._options.onState?.(run);
    }
  }

  private _tell(text: string): void {
    this._trouble.textContent = text;
    this._trouble.hidden = text === '';
  }

  private readonly _host = h('div', { 'data-lm-suppress-shortcuts': 'true' });
  private readonly _shown = h('div', { class: 'parts' });
  private readonly _trouble = h('p', { class: 'note', role: 'status' });
  private readonly _parts: IPart[];
  private readonly _unlisten: () => void;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _next = Infinity;
  private _disposed = false;
}
