/** What happens in the lab, as it happens: server-sent events, and polling where a proxy does not let them through. */

import { IDisposable } from '@lumino/disposable';

import { ILabEvent } from './types';

const POLL_MS = 4000;
const RETRY_MS = 15_000;

export interface IListener {
  onEvent: (event: ILabEvent) => void;
  /** Load everything again: events were missed, or nobody can tell us. */
  onResync: () => void;
}

export class LabEvents implements IDisposable {
  constructor(
    private _url: string,
    private _listener: IListener
  ) {
    this._connect();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._source?.close();
    clearInterval(this._poll);
    clearTimeout(this._retry);
  }

  private _connect(): void {
    const source = new EventSource(this._url);
    this._source = source;
    source.onopen = () => {
      clearInterval(this._poll);
      this._listener.onResync();
    };
    source.onmessage = message => this._listener.onEvent(JSON.parse(message.data) as ILabEvent);
    source.addEventListener('resync', () => this._listener.onResync());
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) {
        this._fallBack();
      }
    };
  }

  private _fallBack(): void {
    clearInterval(this._poll);
    this._poll = setInterval(() => this._listener.onResync(), POLL_MS);
    this._retry = setTimeout(() => this._connect(), RETRY_MS);
  }

  private _isDisposed = false;
  private _source: EventSource | null = null;
  private _poll: ReturnType<typeof setInterval> | undefined;
  private _retry: ReturnType<typeof setTimeout> | undefined;
}
