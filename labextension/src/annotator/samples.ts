/** The images of a view in their order: all ids at once, what they are in windows when somebody looks. */

import { DatasetApi } from './api';
import { ISample, IView } from './types';

const WINDOW = 60;

export class SampleList {
  constructor(
    private readonly _api: DatasetApi,
    private readonly _onChange: () => void
  ) {}

  ids: readonly number[] = [];

  async load(view: IView): Promise<void> {
    this.ids = await this._api.ids(view);
  }

  /** What is known of an image by now; asking fetches its window in the background. */
  peek(index: number): ISample | undefined {
    const known = this._known.get(this.ids[index]);
    if (!known && index < this.ids.length) {
      this._window(index).catch(() => undefined);
    }
    return known;
  }

  async at(index: number): Promise<ISample> {
    if (!this._known.has(this.ids[index])) {
      await this._window(index);
    }
    const sample = this._known.get(this.ids[index]);
    if (!sample) {
      throw new Error('This image is no longer in the dataset.');
    }
    return sample;
  }

  remember(sample: ISample): void {
    this._known.set(sample.id, sample);
    this._onChange();
  }

  private _window(index: number): Promise<void> {
    const start = Math.floor(index / WINDOW) * WINDOW;
    const loading = this._loading.get(start) ?? this._fetch(start);
    this._loading.set(start, loading);
    return loading;
  }

  private async _fetch(start: number): Promise<void> {
    try {
      const ids = this.ids.slice(start, start + WINDOW);
      const found = await this._api.samples(ids);
      found.forEach(sample => this._known.set(sample.id, sample));
      this._onChange();
    } finally {
      this._loading.delete(start);
    }
  }

  private readonly _known = new Map<number, ISample>();
  private readonly _loading = new Map<number, Promise<void>>();
}
