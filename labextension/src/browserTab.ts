import { URLExt } from '@jupyterlab/coreutils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { LabApi } from './api/lab';
import { IBrowse } from './api/types';

const POLL_MS = 400;

/** The FiftyOne App in a frame of our own origin. */
export class BrowserTab extends Widget {
  constructor(
    private _api: LabApi,
    readonly datasetId: string,
    private _trans: TranslationBundle
  ) {
    super();
    this.addClass('cx-BrowserTab');
    this._status.className = 'cx-BrowserTab-status';
    this._status.setAttribute('role', 'status');
    this.node.append(this._status);
    void this.start();
  }

  readonly kind = 'browse';

  /** Starts the App if it does not run, and shows it as soon as it has something to show. */
  async start(): Promise<void> {
    this._say(this._trans.__('Starting FiftyOne…'));
    try {
      let browser = await this._api.browse(this.datasetId);
      while (browser.status === 'starting' && !this.isDisposed) {
        this._say(browser.message || this._trans.__('Starting FiftyOne…'));
        await new Promise(resolve => setTimeout(resolve, POLL_MS));
        browser = await this._api.browser(browser.id);
      }
      if (!this.isDisposed) {
        this._show(browser);
      }
    } catch (error) {
      this._fail(error instanceof Error ? error.message : String(error));
    }
  }

  private _show(browser: IBrowse): void {
    if (browser.status === 'failed') {
      this._fail(browser.message);
      return;
    }
    const frame = document.createElement('iframe');
    frame.className = 'cx-BrowserTab-frame';
    frame.title = this._trans.__('FiftyOne');
    frame.src = URLExt.join(this._api.settings.baseUrl, browser.path);
    this.node.replaceChildren(frame);
  }

  private _say(text: string): void {
    this._status.textContent = text;
  }

  private _fail(text: string): void {
    const again = document.createElement('button');
    again.className = 'cx-Button cx-mod-accent';
    again.textContent = this._trans.__('Try again');
    again.onclick = () => void this.start();
    this._status.replaceChildren(text, document.createElement('br'), again);
  }

  private _status = document.createElement('div');
}
