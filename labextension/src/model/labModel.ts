/** Keeps the state of the sidebar true: loads, listens to events, and does what a person asked for. */

import { ISignal, Signal } from '@lumino/signaling';

import { LabEvents } from '../api/events';
import { LabApi } from '../api/lab';
import { LabError } from '../api/request';
import { IDataset, ILabEvent, IRun, isOver } from '../api/types';
import { Observed } from './observed';
import { EMPTY, INotice, IState } from './state';

const SETTLE_MS = 120;
/** What a service that starts again, or its door, answers; 0 is no answer. */
const AWAY = [0, 502, 503, 504];
const AWAY_MS = 1500;
/** Counting takes the service longer than an edit: whoever draws box after box must not wait for the counts. */
const EDITING_MS = 1500;
const LONGEST_MS = 10_000;

/** Something to be loaded. `due` and, however often it is put off, `latest`: when, in ms. */
interface IWaiting {
  due: number;
  latest: number;
  pause: number;
  timer: ReturnType<typeof setTimeout>;
}

export class LabModel extends Observed<IState> {
  constructor(readonly api: LabApi) {
    super(EMPTY);
  }

  dispose(): void {
    this._events?.dispose();
    super.dispose();
  }

  /** Emitted when something happened that concerns the rights of the owner; what it was must be asked. */
  get heard(): ISignal<this, void> {
    return this._heard;
  }

  /** Listen to the lab: somebody (`who`) looks. */
  wake(who: string): void {
    this._lookers.add(who);
    this._events ??= new LabEvents(this.api.eventsUrl(), {
      onEvent: event => this._onEvent(event),
      onResync: () => {
        this.reload();
        this._heard.emit();
      }
    });
  }

  /** Stop listening when nobody looks any more: an open stream would keep the lab service awake. */
  sleep(who: string): void {
    this._lookers.delete(who);
    if (this._lookers.size === 0) {
      this._events?.dispose();
      this._events = null;
    }
  }

  /** Load everything that is shown. */
  reload(): void {
    this._later('lab', async () => {
      const lab = await this.api.about();
      this.update({ lab, connected: true });
      (lab.notices ?? [])
        .filter(text => !this._told.has(text))
        .forEach(text => this.notify('info', text));
      this._told = new Set(lab.notices);
    });
    this._loadDatasets();
    this._loadRuns();
    this._later('models', async () => this.update({ models: await this.api.models() }));
    this._loadInventory();
  }

  /** Runs something for the person; a refusal becomes a notice, and null is returned. */
  async attempt<T>(work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LabError && error.type === 'urn:comexp:Cancelled')) {
        this.notify('error', error instanceof Error ? error.message : String(error));
      }
      return null;
    }
  }

  /**
   * Loads what is shown; it fails as one notice, not as one for each part. False if the lab is away, and may be asked again
   * soon: then the notice goes by itself.
   */
  async load(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      if (this._away.size > 0) {
        this.update({ notices: this.state.notices.filter(({ text }) => !this._away.has(text)) });
        this._away.clear();
      }
      return true;
    } catch (error) {
      const status = error instanceof LabError ? error.status : null;
      const message = error instanceof Error ? error.message : String(error);
      const away = status !== null && AWAY.includes(status);
      if (away) {
        this._away.add(message);
      }
      if (status !== 404 && status !== 423) {
        this.notify('error', message);
      }
      return !away;
    }
  }

  notify(kind: INotice['kind'], text: string): void {
    const others = this.state.notices.filter(notice => notice.text !== text);
    this.update({ notices: [...others, { id: ++this._lastNotice, kind, text }] });
  }

  dismiss(id: number): void {
    this.update({ notices: this.state.notices.filter(notice => notice.id !== id) });
  }

  /** Waits until a run is over and returns it; told by events or, if they fail, by asking now and then. */
  async whenOver(run: IRun, onProgress?: (run: IRun) => void): Promise<IRun> {
    for (let pause = 200; ; pause = Math.min(pause * 1.5, 3000)) {
      const known = this.state.runs?.find(other => other.id === run.id);
      const now = known && isOver(known) ? known : await this.api.run(run.id);
      if (isOver(now) || this.isDisposed) {
        return now;
      }
      this.putRun(now);
      onProgress?.(now);
      await new Promise(resolve => setTimeout(resolve, pause));
    }
  }

  /** A run that a person waited for did not succeed. */
  notifyFailure(run: IRun): void {
    this.notify('error', String(run.problem?.detail ?? run.message));
  }

  /** A run as just heard of it. */
  putRun(run: IRun): void {
    const others = (this.state.runs ?? []).filter(other => other.id !== run.id);
    const runs = [run, ...others].sort((a, b) => b.created.localeCompare(a.created));
    this.update({ runs });
  }

  /** Unfold a dataset or fold it again. */
  toggleDataset(id: string): void {
    const { [id]: open, ...others } = this.state.stats;
    this.update({ stats: open === undefined ? { ...others, [id]: null } : others });
    if (open === undefined) {
      this._loadStats(id);
    }
  }

  toggleRun(id: string): void {
    const { [id]: open, ...others } = this.state.details;
    this.update({ details: open === undefined ? { ...others, [id]: null } : others });
    if (open === undefined) {
      this._loadDetail(id);
    }
  }

  /** A name that no dataset has yet. */
  freeName(wanted: string): string {
    const taken = new Set((this.state.datasets ?? []).map((dataset: IDataset) => dataset.name));
    let name = wanted;
    for (let number = 2; taken.has(name); number++) {
      name = `${wanted}-${number}`;
    }
    return name;
  }

  private _onEvent(event: ILabEvent): void {
    const pause = event.data?.change === 'labels' ? EDITING_MS : SETTLE_MS;
    if (event.type === 'run' && event.run) {
      this._loadRun(event.run);
    } else if (event.type === 'dataset') {
      this._loadDatasets(pause);
    }
    if (event.type === 'rights' || event.type === 'dataset') {
      this._loadInventory(pause);
    }
    if (event.type === 'rights' || event.data?.change === 'unfrozen') {
      this._later('heard', async () => this._heard.emit()); // an erasure says how far it is many times
    }
  }

  private _loadInventory(pause = SETTLE_MS): void {
    this._later(
      'rights',
      async () => this.update({ inventory: await this.api.inventory() }),
      pause
    );
  }

  private _loadDatasets(pause = SETTLE_MS): void {
    const load = async (): Promise<void> => {
      const datasets = await this.api.datasets();
      this.update({ datasets: datasets.sort((a, b) => b.created.localeCompare(a.created)) });
      Object.keys(this.state.stats).forEach(id => this._loadStats(id));
    };
    this._later('datasets', load, pause);
  }

  private _loadRuns(): void {
    this._later('runs', async () => this.update({ runs: await this.api.runs() }));
  }

  private _loadRun(id: string): void {
    this._later(`run ${id}`, async () => {
      const run = await this.api.run(id);
      this.putRun(run);
      if (id in this.state.details) {
        this.update({ details: { ...this.state.details, [id]: run } });
      }
      if (isOver(run)) {
        this._later('models', async () => this.update({ models: await this.api.models() }));
      }
    });
  }

  private _loadStats(id: string, pause = SETTLE_MS): void {
    const load = async (): Promise<void> => {
      if (this.state.datasets?.find(dataset => dataset.id === id)?.restricted) {
        return; // frozen: nobody may count in it
      }
      const stats = await this.api.stats(id);
      if (id in this.state.stats) {
        this.update({ stats: { ...this.state.stats, [id]: stats } });
      }
    };
    this._later(`stats ${id}`, load, pause);
  }

  private _loadDetail(id: string): void {
    this._loadRun(id);
  }

  /** Loads soon, once, however often it is asked for meanwhile; while somebody edits, when they pause. */
  private _later(key: string, load: () => Promise<void>, pause = SETTLE_MS): void {
    const now = Date.now();
    const waiting = this._waiting.get(key);
    const latest = waiting?.latest ?? now + LONGEST_MS;
    const editing = waiting?.pause === EDITING_MS && pause === EDITING_MS && now + pause <= latest;
    if (waiting && waiting.due <= now + pause && !editing) {
      return;
    }
    clearTimeout(waiting?.timer);
    const timer = setTimeout(() => {
      this._waiting.delete(key);
      if (!this.isDisposed) {
        void this.load(load).then(there => {
          if (!there && this._lookers.size > 0) {
            this._later(key, load, AWAY_MS);
          }
        });
      }
    }, pause);
    this._waiting.set(key, { due: now + pause, latest, pause, timer });
  }

  private _heard = new Signal<this, void>(this);
  /** What the service noticed, and was shown once: that something was mended, or could not be. */
  private _told = new Set<string>();
  /** Notices that the lab is away. */
  private _away = new Set<string>();
  private _lookers = new Set<string>();
  private _waiting = new Map<string, IWaiting>();
  private _events: LabEvents | null = null;
  private _lastNotice = 0;
}
