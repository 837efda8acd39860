/** Keeps what is shown under "Data rights" true. Each part is loaded only while somebody looks at it. */

import { browserStorage, forget } from '../annotator/unsaved';
import { RightsApi } from '../api/rights';
import {
  IConsent,
  IEmail,
  IErasure,
  IHistory,
  IPolicy,
  IPrivacy,
  IPurpose,
  IRequest,
  IRun,
  Language
} from '../api/types';
import { LabModel } from './labModel';
import { Observed } from './observed';

/** An archive on its way, and how far it is, between 0 and 1. */
export interface ITransfer {
  kind: 'archive' | 'upload' | 'restore';
  progress: number;
}

export interface IRightsState {
  language: Language;
  erasures: IErasure[] | null;
  requests: IRequest[] | null;
  purposes: IPurpose[] | null;
  consents: IConsent[] | null;
  policies: IPolicy[] | null;
  email: IEmail | null;
  authorities: string[] | null;
  history: IHistory | null;
  /** Who answers for the data here. */
  privacy: IPrivacy | null;
  /** The archive that is being made, sent, or brought back. */
  transfer: ITransfer | null;
  /** Names of what was erased from this page; the service does not know them any more. */
  names: Record<string, string>;
}

export type Part = keyof Omit<IRightsState, 'language' | 'transfer' | 'names'>;

const SETTLE_MS = 150;
const FOLLOW_MS = 400;
const AWAY_MS = 1500;

const EMPTY: IRightsState = {
  language: 'en',
  erasures: null,
  requests: null,
  purposes: null,
  consents: null,
  policies: null,
  email: null,
  authorities: null,
  history: null,
  privacy: null,
  transfer: null,
  names: {}
};

export class RightsModel extends Observed<IRightsState> {
  /** Done before an erasure is planned: what is only in the page so far is written where the plan can see it. */
  beforeErasing: () => Promise<void> = () => Promise.resolve();

  constructor(
    readonly api: RightsApi,
    readonly lab: LabModel
  ) {
    super(EMPTY);
    lab.heard.connect(this._onHeard, this);
    lab.changed.connect(this._onLab, this);
  }

  dispose(): void {
    clearTimeout(this._timer);
    super.dispose();
  }

  /** Somebody (`who`) looks at these parts, and at no others. */
  show(who: string, parts: Part[]): void {
    this._shown.set(who, parts);
    this.reload();
  }

  hide(who: string): void {
    this._shown.delete(who);
  }

  setLanguage(language: Language): void {
    if (language !== this.state.language) {
      this.update({ language });
      this.reload();
    }
  }

  /** Load soon, once, all that somebody looks at. */
  reload(pause = SETTLE_MS): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._load(), pause);
  }

  /** Does something for the person, and shows what came of it; null if it was refused (a notice says why). */
  async act<T>(work: () => Promise<T>): Promise<T | null> {
    const made = await this.lab.attempt(work);
    await this._load();
    this.lab.reload();
    return made;
  }

  /** Watches an erasure until it is certified, or something keeps it from that. */
  async follow(erasure: IErasure): Promise<IErasure> {
    while (!this.isDisposed) {
      this._put(erasure);
      if (erasure.certificate || erasure.trouble) {
        break;
      }
      await new Promise(resolve => setTimeout(resolve, FOLLOW_MS));
      erasure = await this.api.erasure(erasure.id);
    }
    this.reload();
    return erasure;
  }

  /** Waits for the run that makes an archive or brings one back, and shows how far it is. */
  async transfer(run: IRun, kind: ITransfer['kind']): Promise<IRun> {
    const show = ({ progress }: IRun): void => this.update({ transfer: { kind, progress } });
    show(run);
    this.lab.putRun(run);
    try {
      return await this.lab.whenOver(run, show);
    } finally {
      this.update({ transfer: null });
    }
  }

  private _put(erasure: IErasure): void {
    const others = (this.state.erasures ?? []).filter(other => other.id !== erasure.id);
    const erasures = [erasure, ...others].sort((a, b) => b.intended.localeCompare(a.intended));
    this.update({ erasures });
  }

  /** Once the lab answers: what was destroyed while this browser was elsewhere. */
  private _onLab(): void {
    if (this.lab.state.connected) {
      this.lab.changed.disconnect(this._onLab, this);
      void this.lab.attempt(() => this._forgetErased());
    }
  }

  private async _forgetErased(): Promise<void> {
    const erasures = await this.api.erasures();
    forget(
      browserStorage(),
      erasures.flatMap(({ destroyed }) => destroyed)
    );
  }

  private _onHeard(): void {
    void this.lab.attempt(() => this._forgetErased());
    if (this._shown.size > 0) {
      this.reload();
    }
  }

  private async _load(): Promise<void> {
    const { api } = this;
    const { language } = this.state;
    const loaders: { [P in Part]: () => Promise<IRightsState[P]> } = {
      erasures: api.erasures,
      requests: api.requests,
      purposes: api.purposes,
      consents: api.consents,
      policies: api.policies,
      email: () => api.email(language),
      authorities: () => api.authorities(language),
      history: () => api.history(language),
      privacy: api.privacy
    };
    const wanted = new Set([...this._shown.values()].flat());
    const there = await this.lab.load(async () => {
      const loaded = await Promise.all(
        [...wanted].map(async part => [part, await loaders[part]()])
      );
      this.update(Object.fromEntries(loaded) as Partial<IRightsState>);
    });
    if (!there && this._shown.size > 0) {
      this.reload(AWAY_MS);
    }
  }

  private _shown = new Map<string, Part[]>();
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
