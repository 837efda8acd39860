/**
 * What is being annotated: images, labels, selection, undo and saving. It knows nothing of canvas or DOM; everything
 * that shows something listens to `changed`.
 */

import { DatasetApi } from './api';
import { ClassBook } from './classes';
import { History, IStep } from './history';
import { apply, Labels, Op } from './ops';
import { IPending, IRefused, ISaveState, SaveQueue } from './queue';
import { revived } from './refused';
import { SampleList } from './samples';
import { Signal } from './signal';
import { ILabelIn, ILabelOut, IReceipt, ISample, IView } from './types';
import { IStorage } from './unsaved';
import { uuid } from './uuid';

export type Topic =
  'sample' | 'labels' | 'selection' | 'classes' | 'save' | 'list' | 'notices' | 'settings';

export interface INotice {
  text: string;
  /** A refused edit that can still be kept or dropped. */
  refused?: IRefused;
}

/** A drawn label without its class. */
export type Placed = Pick<ILabelIn, 'kind' | 'bbox' | 'points' | 'rings' | 'rle'>;

const NOTHING: Labels = new Map();

export class Session {
  constructor(
    readonly api: DatasetApi,
    dataset: string,
    storage: IStorage | null
  ) {
    this.list = new SampleList(api, () => this.changed.emit('list'));
    this.classes = new ClassBook(api, () => this.changed.emit('classes'));
    this.queue = new SaveQueue({
      dataset,
      storage,
      label: (sample, key) => this.labelsOf(sample).get(key),
      send: batch => api.edit(batch),
      onState: state => this._onState(state),
      onSaved: (pending, receipt) => this._onSaved(pending, receipt),
      onRefused: refused => this._onRefused(refused)
    });
  }

  readonly changed = new Signal<Topic>();
  readonly list: SampleList;
  readonly classes: ClassBook;
  readonly queue: SaveQueue;
  readonly history = new History();

  index = -1;
  selected: string | null = null;
  threshold = 0;
  showNames = true;
  notices: INotice[] = [];
  save: ISaveState = { status: 'saved', unsaved: 0, kept: true, reason: '' };
  savedRevision: number | null = null;
  /** A label that was drawn before any class existed: it waits for its class. */
  unnamed: Placed | null = null;
  /** Why the current image cannot be shown, or null. */
  trouble: string | null = null;
  sample: ISample | null = null;

  /** All labels of the current image. */
  get labels(): Labels {
    return this.sample ? this.labelsOf(this.sample.id) : NOTHING;
  }

  labelsOf(sample: number): Labels {
    return this._docs.get(sample) ?? NOTHING;
  }

  get selectedLabel(): ILabelIn | undefined {
    return this.selected === null ? undefined : this.labels.get(this.selected);
  }

  /** Loads the view and goes to `start` (a sample id), else to the first image. */
  async open(view: IView, start?: number | null): Promise<void> {
    this.queue.refused.forEach(refused => this._ask(refused));
    this.queue.start();
    await Promise.all([this.classes.load(), this.list.load(view)]);
    this.changed.emit('list');
    const index = start ? this.list.ids.indexOf(start) : 0;
    await this.goTo(Math.max(index, 0));
  }

  async goTo(index: number): Promise<void> {
    if (index < 0 || index >= this.list.ids.length) {
      return;
    }
    this.index = index;
    this.selected = null;
    this.unnamed = null;
    this.trouble = null;
    this.sample = null;
    this.changed.emit('sample');
    try {
      await this._show(index);
    } catch (error) {
      if (this.index === index) {
        this.trouble = error instanceof Error ? error.message : String(error);
        this.changed.emit('sample');
      }
    }
  }

  private async _show(index: number): Promise<void> {
    const sample = await this.list.at(index);
    if (!this._docs.has(sample.id)) {
      this._rebase(sample);
    }
    if (this.index !== index) {
      return;
    }
    this.sample = sample;
    this.changed.emit('sample');
    await this.refresh().catch(() => undefined);
  }

  select(key: string | null): void {
    if (key !== this.selected) {
      this.selected = key;
      this.changed.emit('selection');
    }
  }

  /** Applies a change here at once and sends it; it can be undone. */
  edit(ops: Op[]): void {
    if (this.sample && ops.length > 0) {
      const { id } = this.sample;
      this.history.push({ sample: id, ops: this._run({ sample: id, ops }) });
    }
  }

  async undo(): Promise<void> {
    await this._step('undo');
  }

  async redo(): Promise<void> {
    await this._step('redo');
  }

  /** Adds a label of the active class to the current image and selects it. */
  place(placed: Placed): void {
    const class_name = this.classes.active;
    if (class_name === null) {
      this.setUnnamed(placed);
      return;
    }
    const key = uuid();
    const value: ILabelIn = { ...placed, class_name, source: 'human', state: 'accepted' };
    this.edit([{ op: 'add', key, value }]);
    this.select(key);
  }

  setUnnamed(placed: Placed | null): void {
    this.unnamed = placed;
    this.changed.emit('selection');
  }

  /** Makes the class the active one, and that of the selected or just drawn label. */
  chooseClass(name: string): void {
    this.classes.ensure(name);
    this.classes.activate(name);
    const waiting = this.unnamed;
    if (waiting) {
      this.setUnnamed(null);
      this.place(waiting);
    } else if (this.selected !== null && this.selectedLabel?.class_name !== name) {
      this.change(this.selected, { class_name: name });
    }
  }

  /** Changes a label; a suggestion that a person changed is accepted by that. */
  change(key: string, set: Partial<ILabelIn>): void {
    const label = this.labels.get(key);
    const accepted = label?.state === 'suggested' ? { state: 'accepted' as const } : {};
    this.edit([{ op: 'set', key, set: { ...set, ...accepted } }]);
  }

  remove(key: string): void {
    this.edit([{ op: 'delete', key }]);
  }

  /** Of mere news only the last few stay; what waits for a decision stays until it is made. */
  tell(notice: INotice): void {
    const news = this.notices.filter(n => !n.refused).slice(-3);
    const asking = this.notices.filter(n => n.refused && this.queue.refused.includes(n.refused));
    this.notices = [...news, ...asking, notice];
    this.changed.emit('notices');
  }

  dismiss(notice: INotice): void {
    if (notice.refused) {
      this.queue.settle(notice.refused);
    }
    this.notices = this.notices.filter(n => n !== notice);
    this.changed.emit('notices');
  }

  /** Goes to the image that a refused edit is about. */
  async show(refused: IRefused): Promise<void> {
    await this._visit(refused.sample);
  }

  /** Does a refused edit again, now on top of what the others did. */
  async insist(notice: INotice): Promise<void> {
    const { refused } = notice;
    if (!refused) {
      return;
    }
    try {
      this._rebase(await this.api.sample(refused.sample));
    } catch (error) {
      this.tell({ text: error instanceof Error ? error.message : String(error) });
      return;
    }
    if (this.notices.includes(notice)) {
      const { sample } = refused;
      const ops = revived(refused, this.labelsOf(sample));
      if (ops.length > 0) {
        this.history.push({ sample, ops: this._run({ sample, ops }) });
      }
      this.dismiss(notice);
    }
    await this._visit(refused.sample);
  }

  /** Whether a revision is an edit of this page: what it changed is shown already. */
  made(revision: unknown): boolean {
    return this._made.has(revision);
  }

  /** Fetches the labels of the current image again; edits not sent yet stay on top. */
  async refresh(): Promise<void> {
    const id = this.sample?.id;
    if (id === undefined) {
      return;
    }
    let seen, sample;
    do {
      seen = this._acknowledged;
      sample = await this.api.sample(id);
    } while (seen !== this._acknowledged);
    this._rebase(sample);
  }

  dispose(): void {
    this.queue.dispose();
  }

  private async _step(way: 'undo' | 'redo'): Promise<void> {
    const step = this.history.peek(way);
    if (step) {
      await this._visit(step.sample);
      this.history[way](s => this._run(s));
    }
  }

  private async _visit(sample: number): Promise<void> {
    const index = this.list.ids.indexOf(sample);
    if (sample !== this.sample?.id && index >= 0) {
      await this.goTo(index);
    }
  }

  /** Applies and sends one step; returns what takes it back. */
  private _run(step: IStep): Op[] {
    const { labels, inverse } = apply(this.labelsOf(step.sample), step.ops);
    this._docs.set(step.sample, labels);
    this.queue.enqueue(step.sample, step.ops);
    this._afterLabels();
    return inverse;
  }

  private _afterLabels(): void {
    if (this.selected !== null && !this.labels.has(this.selected)) {
      this.select(null);
    }
    this.changed.emit('labels');
  }

  private _rebase(sample: ISample): void {
    const pairs = sample.labels.map(label => [this.queue.see(label), strip(label)] as const);
    const { labels } = apply(new Map(pairs), this.queue.pending(sample.id));
    this._docs.set(sample.id, labels);
    this.list.remember(sample);
    this._settleAgreed(sample.id);
    this._afterLabels();
  }

  /** Where both deleted the label there is nothing to decide. */
  private _settleAgreed(sample: number): void {
    const gone = ({ ops }: IRefused): boolean => !ops.some(op => this.labelsOf(sample).has(op.key));
    this.notices
      .filter(({ refused: r }) => r?.conflict && r.sample === sample && !r.mine.length && gone(r))
      .forEach(notice => this.dismiss(notice));
  }

  private _onState(state: ISaveState): void {
    this.save = state;
    this.changed.emit('save');
  }

  private _onSaved(pending: IPending, receipt: IReceipt): void {
    this._acknowledged++;
    this.savedRevision = receipt.revision;
    this._made.add(receipt.revision);
    const doc = new Map(this.labelsOf(pending.sample));
    const twins = pending.ops
      .map(op => ({ key: op.key, twin: `#${this.queue.idOf(op.key)}` }))
      .filter(({ key, twin }) => key !== twin && doc.delete(twin));
    if (twins.length > 0) {
      this._docs.set(pending.sample, doc);
      this._afterLabels();
    }
    if (receipt.repeated) {
      this.refresh().catch(() => undefined);
    }
    this.changed.emit('save');
  }

  private _onRefused(refused: IRefused): void {
    this._acknowledged++;
    this.history.forget(new Set(refused.ops.map(op => op.key)));
    this._ask(refused);
    if (this.sample?.id === refused.sample) {
      this.refresh().catch(() => undefined);
    } else {
      this._docs.delete(refused.sample);
    }
  }

  private _ask(refused: IRefused): void {
    this.tell({ text: refused.reason, refused });
  }

  private readonly _docs = new Map<number, Labels>();
  private _acknowledged = 0;
  private readonly _made = new Set<unknown>();
}

/** The label as one sends it. */
function strip(label: ILabelOut): ILabelIn {
  const { id: _id, sample: _sample, area: _area, since: _since, ...value } = label;
  return value;
}
