/**
 * The annotator: `createAnnotator(el, options)` and nothing else is public. Plain TypeScript without a framework, shared
 * by the cell widget and the JupyterLab tab. Pixels come by URL and edits go to the lab service, so it works while the
 * kernel is busy or gone.
 */

import { DatasetApi } from './api';
import { IEvent, listen } from './events';
import { Hand } from './hand';
import { IPlace } from './http';
import { keyboard } from './keyboard';
import { IApp } from './keymap';
import { classPanel } from './parts/classPanel';
import { h } from './parts/dom';
import { filmstrip } from './parts/filmstrip';
import { help } from './parts/help';
import { imageText, live } from './parts/live';
import { notices } from './parts/notices';
import { reviewPanel } from './parts/reviewPanel';
import { STYLE } from './parts/style';
import { toolbar } from './parts/toolbar';
import { Pixels } from './pixels';
import { IGhost, IScene } from './scene';
import { Session } from './session';
import { Stage } from './stage';
import { IView } from './types';
import { browserStorage } from './unsaved';

export { findPlace } from './place';
export type { IPlace } from './http';
export type { IView } from './types';

export interface IAnnotatorOptions extends IPlace {
  /** Dataset id. */
  dataset: string;
  /** Which images; all if left out. */
  view?: IView;
  /** Sample id to begin with. */
  start?: number | null;
  /** Fill the element (a tab) instead of having a height of its own (a cell). */
  fill?: boolean;
  /** Called when something changed that others may want to know. */
  onState?: (state: IAnnotatorState) => void;
}

export interface IAnnotatorState {
  /** Sample id of the image in view. */
  current: number | null;
  /** Ids of the selected labels that the store knows. */
  selected: number[];
  /** The newest revision that holds our edits. */
  savedRevision: number | null;
  unsaved: number;
}

export interface IAnnotator {
  readonly state: IAnnotatorState;
  /** Shows an image of the view by its sample id. */
  goTo(sample: number): Promise<void>;
  focus(): void;
  dispose(): void;
}

export function createAnnotator(el: HTMLElement, options: IAnnotatorOptions): IAnnotator {
  return new Annotator(el, options);
}

class Annotator implements IAnnotator {
  constructor(el: HTMLElement, options: IAnnotatorOptions) {
    const api = new DatasetApi(options, options.dataset);
    this._session = new Session(api, options.dataset, browserStorage());
    this._pixels = new Pixels(id => api.mediaUrl(id));
    this._host = h('div', {
      class: options.fill ? 'fill' : '',
      'data-lm-suppress-shortcuts': 'true'
    });
    const root = this._host.attachShadow({ mode: 'open' });
    this._stage = new Stage(this._stageElement, () => this._scene());
    this._hand = new Hand(this._session, this._stage, () => root.activeElement !== null);
    root.append(h('style', {}, STYLE), this._layout());
    el.append(this._host);
    this._listen(options);
    this._session.open(options.view ?? {}, options.start).catch((error: unknown) => {
      this._session.trouble = error instanceof Error ? error.message : String(error);
      this._session.changed.emit('sample');
    });
  }

  get state(): IAnnotatorState {
    const { sample, selected, queue, savedRevision, save } = this._session;
    const id = selected === null ? null : queue.idOf(selected);
    return {
      current: sample?.id ?? null,
      selected: id === null ? [] : [id],
      savedRevision,
      unsaved: save.unsaved
    };
  }

  async goTo(sample: number): Promise<void> {
    const index = this._session.list.ids.indexOf(sample);
    if (index >= 0 && sample !== this._session.sample?.id) {
      await this._session.goTo(index);
    }
  }

  focus(): void {
    this._stageElement.focus({ preventScroll: true });
  }

  dispose(): void {
    this._stops.forEach(stop => stop());
    clearTimeout(this._soon);
    this._life.abort();
    this._session.dispose();
    this._hand.dispose();
    this._stage.dispose();
    this._pixels.dispose();
    this._host.remove();
  }

  private _layout(): HTMLElement {
    const speaker = live(this._session);
    const keys = help(() => this.focus());
    const app: IApp = {
      session: this._session,
      stage: this._stage,
      say: speaker.say,
      toggleHelp: keys.toggle,
      findClass: () => classes.focus(),
      escape: () => this._escape()
    };
    const classes = classPanel(app);
    const bar = toolbar(app);
    const review = reviewPanel(app);
    const film = filmstrip(this._session);
    const news = notices(this._session);
    this._stops.push(
      ...[speaker, classes, bar, review, film, news].map(part => () => part.dispose())
    );
    keyboard({
      app,
      hand: this._hand,
      host: this._host,
      stage: this._stageElement,
      closeHelp: keys.close,
      signal: this._life.signal
    });
    this._nameNewBoxes(classes.focus);
    this._stageElement.append(this._message, news.element);
    const side = h('aside', { class: 'side' }, classes.element, review.element);
    return h(
      'div',
      { class: 'app' },
      bar.element,
      this._stageElement,
      side,
      film.element,
      keys.element,
      speaker.element
    );
  }

  private _escape(): void {
    if (this._hand.busy) {
      this._hand.cancel();
    } else if (this._session.unnamed) {
      this._session.setUnnamed(null);
    } else {
      this._session.select(null);
    }
  }

  /** A box drawn before there is any class waits for its name. */
  private _nameNewBoxes(focus: () => void): void {
    this._stops.push(
      this._session.changed.connect(topic => {
        if (topic === 'selection' && this._session.unnamed) {
          focus();
        }
      })
    );
  }

  private _listen(options: IAnnotatorOptions): void {
    const session = this._session;
    this._stops.push(
      session.changed.connect(topic => {
        if (topic === 'sample') {
          this._show();
        }
        if (['labels', 'selection', 'classes', 'settings', 'notices'].includes(topic)) {
          this._stage.draw('labels', 'cursor');
        }
        options.onState?.(this.state);
      }),
      listen(options, event => this._heard(event, options.dataset))
    );
    const { signal } = this._life;
    window.addEventListener('online', () => session.queue.retryNow(), { signal });
    document.addEventListener('visibilitychange', () => session.queue.retryNow(), { signal });
  }

  private _heard(event: IEvent | 'resync', ours: string): void {
    if (event === 'resync' || event.dataset === ours) {
      this._news.push(event === 'resync' ? null : event.data.revision);
      this._lookSoon();
    }
  }

  /** Others may have changed something: look again, but never under the user's hand, nor for what we did ourselves. */
  private _lookSoon(): void {
    const session = this._session;
    clearTimeout(this._soon);
    this._soon = setTimeout(() => {
      if (session.save.unsaved > 0 || this._hand.busy) {
        this._lookSoon();
      } else if (!this._news.splice(0).every(revision => session.made(revision))) {
        session.refresh().catch(() => undefined);
        session.classes.load().catch(() => undefined);
      }
    }, 300);
  }

  /** Brings the session's image onto the stage, the pixels as soon as they are there. */
  private _show(): void {
    const { sample, index, list, trouble } = this._session;
    this._hand.cancel();
    this._stageElement.setAttribute('aria-label', sample ? imageText(this._session) : 'Image');
    this._message.textContent = trouble ?? (list.ids.length === 0 ? 'No images in this view.' : '');
    const id = sample?.id ?? null;
    if (id === this._shown && sample) {
      return;
    }
    this._shown = id;
    if (sample) {
      this._stage.open(sample, null);
      this._load(sample.id);
      [index + 1, index - 1].forEach(i => i in list.ids && this._pixels.prefetch(list.ids[i]));
    } else {
      this._stage.setPicture(null);
    }
  }

  private _load(id: number): void {
    const mine = (): boolean => this._shown === id;
    this._pixels.get(id).then(
      picture => mine() && this._stage.setPicture(picture),
      (error: Error) => {
        if (mine()) {
          this._message.textContent = error.message;
        }
      }
    );
  }

  private _scene(): IScene {
    const { labels, threshold, showNames, selected, classes, unnamed } = this._session;
    const waiting = unnamed && { key: null, kind: unnamed.kind, shape: unnamed, color: '#FFFFFF' };
    return {
      labels,
      threshold,
      showNames,
      selected,
      hovered: this._hand.hovered,
      active: this._hand.active ?? waiting,
      ghosts: this._ghosts(),
      crosshair: this._hand.crosshair,
      color: name => classes.color(name)
    };
  }

  private _ghosts(): IGhost[] {
    const { queue, sample } = this._session;
    return queue.refused
      .filter(refused => refused.sample === sample?.id)
      .flatMap(refused => refused.mine.map(([, label]) => ({ kind: label.kind, shape: label })));
  }

  private readonly _stageElement = h('div', {
    class: 'stage',
    tabindex: '0',
    role: 'application',
    'aria-label': 'Image',
    'aria-description': 'Press question mark for the keys'
  });
  private readonly _message = h('div', { class: 'message' });
  private readonly _host: HTMLElement;
  private readonly _session: Session;
  private readonly _pixels: Pixels;
  private readonly _stage: Stage;
  private readonly _hand: Hand;
  private readonly _life = new AbortController();
  private readonly _stops: (() => void)[] = [];
  private _shown: number | null = null;
  private readonly _news: unknown[] = [];
  private _soon: ReturnType<typeof setTimeout> | undefined;
}
