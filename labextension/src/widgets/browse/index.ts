/** A frame with the FiftyOne App, and a line about what it is doing until it is there. */

import { HttpError, IPlace, request } from '../../annotator/http';
import { h } from '../../annotator/parts/dom';
import { icon } from '../../annotator/parts/icons';
import { THEME } from '../../annotator/parts/style';

export interface IBrowse {
  id: string;
  dataset: string;
  /** Below Jupyter's base URL. */
  path: string;
  status: 'starting' | 'filling' | 'ready' | 'failed';
  loaded: number;
  total: number;
  message: string;
  selected: number[];
  view: number[] | null;
}

export interface IBrowserOptions extends IPlace {
  browse: string;
  onState?: (browse: IBrowse) => void;
}

const STARTING_MS = 400;
const OPEN_MS = 1000;
const HIDDEN_MS = 5000;

const STYLE = `
${THEME}
:host { height: 640px; min-height: 320px; resize: vertical; overflow: hidden; border: 1px solid var(--line); border-radius: 6px; }
.browser { height: 100%; display: grid; grid-template-rows: auto 1fr; }
header { display: flex; align-items: center; gap: 8px; padding: 5px 6px 5px 12px; border-bottom: 1px solid var(--line); font-size: 12px; }
.gap { flex: 1; }
.message { color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
[data-status='failed'] .message { color: var(--bad); white-space: normal; }
progress { width: 90px; height: 6px; accent-color: var(--accent); }
a { color: inherit; text-decoration: none; display: flex; align-items: center; gap: 5px; padding: 3px 8px; border-radius: 4px; }
a:hover { background: var(--hover); }
iframe { width: 100%; height: 100%; border: 0; display: block; background: var(--soft); }
`;

export function createBrowser(el: HTMLElement, options: IBrowserOptions): { dispose(): void } {
  return new Browser(el, options);
}

class Browser {
  constructor(
    el: HTMLElement,
    private readonly _options: IBrowserOptions
  ) {
    const bar = h(
      'header',
      {},
      this._message,
      this._progress,
      h('span', { class: 'gap' }),
      this._link
    );
    this._body.append(bar);
    this._host.attachShadow({ mode: 'open' }).append(h('style', {}, STYLE), this._body);
    el.append(this._host);
    void this._ask();
  }

  dispose(): void {
    this._disposed = true;
    clearTimeout(this._timer);
    this._host.remove();
  }

  private async _ask(): Promise<void> {
    let wait = STARTING_MS;
    try {
      const browse = await request<IBrowse>(
        this._options,
        `browse/${encodeURIComponent(this._options.browse)}`
      );
      if (!this._disposed) {
        this._show(browse);
      }
      wait = browse.status === 'failed' ? Infinity : this._frame ? OPEN_MS : STARTING_MS;
    } catch (error) {
      this._message.textContent = error instanceof Error ? error.message : String(error);
      wait = error instanceof HttpError && error.final ? Infinity : OPEN_MS;
    }
    if (!this._disposed && Number.isFinite(wait)) {
      this._timer = setTimeout(() => void this._ask(), document.hidden ? HIDDEN_MS : wait);
    }
  }

  private _show(browse: IBrowse): void {
    this._body.dataset.status = browse.status;
    this._message.textContent = browse.message || said(browse);
    this._progress.hidden = browse.status !== 'filling';
    this._progress.max = Math.max(browse.total, 1);
    this._progress.value = browse.loaded;
    if (browse.status === 'ready' || browse.status === 'filling') {
      this._open(this._options.baseUrl + browse.path.replace(/^\/+/, ''));
    }
    this._options.onState?.(browse);
  }

  /** Once open the frame is left alone: loading it again would lose what the user does in it. */
  private _open(url: string): void {
    if (!this._frame) {
      this._frame = h('iframe', {
        src: url,
        title: 'FiftyOne',
        allow: 'fullscreen; clipboard-write'
      });
      this._link.href = url;
      this._link.hidden = false;
      this._body.append(this._frame);
    }
  }

  private readonly _host = h('div', { 'data-lm-suppress-shortcuts': 'true' });
  private readonly _body = h('div', { class: 'browser' });
  private readonly _message = h('span', { class: 'message', role: 'status' }, 'Starting FiftyOne…');
  private readonly _progress = h('progress', { hidden: true, 'aria-label': 'Images loaded' });
  private readonly _link = h(
    'a',
    { target: '_blank', rel: 'noopener', hidden: true },
    icon('open'),
    'Open in a tab'
  );
  private _frame: HTMLIFrameElement | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _disposed = false;
}

function said(browse: IBrowse): string {
  const images = `${browse.loaded.toLocaleString()} of ${browse.total.toLocaleString()} images`;
  const words: Record<IBrowse['status'], string> = {
    starting: 'Starting FiftyOne…',
    filling: `Loading ${images}`,
    ready: `${browse.total.toLocaleString()} images${selectedText(browse.selected.length)}`,
    failed: 'FiftyOne could not be started.'
  };
  return words[browse.status];
}

function selectedText(count: number): string {
  return count > 0 ? `, ${count.toLocaleString()} selected` : '';
}
