/** The classes of a dataset, their colours, and the one that new labels get. */

import { DatasetApi } from './api';
import { classColor, safeColor } from './palette';
import { IClass } from './types';

export class ClassBook {
  constructor(
    private readonly _api: DatasetApi,
    private readonly _onChange: () => void
  ) {}

  active: string | null = null;

  get all(): readonly IClass[] {
    return this._all;
  }

  async load(): Promise<void> {
    const found = await this._api.classes();
    const fresh = this._all.filter(c => !found.some(f => f.name === c.name));
    this._set([...found, ...fresh]);
  }

  color(name: string): string {
    return this._colors.get(name) ?? classColor(hash(name));
  }

  activate(name: string): void {
    this.active = name;
    this._onChange();
  }

  /**
   * The class of this name, made if it is new. It can be used at once: the service learns of it now, or from the
   * first label that names it.
   */
  ensure(name: string): void {
    if (this._all.some(c => c.name === name)) {
      return;
    }
    const color = classColor(this._all.length);
    this._set([...this._all, { id: this._all.length, name, color }]);
    this._api
      .createClass(name, color)
      .then(() => this.load())
      .catch(() => undefined);
  }

  private _set(all: IClass[]): void {
    this._all = all;
    this._colors = new Map(all.map((c, index) => [c.name, safeColor(c.color, index)]));
    if (this.active === null && all.length > 0) {
      this.active = all[0].name;
    }
    this._onChange();
  }

  private _all: IClass[] = [];
  private _colors = new Map<string, string>();
}

function hash(text: string): number {
  return [...text].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 997, 7);
}
