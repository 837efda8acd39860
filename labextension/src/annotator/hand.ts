/**
 * Turns pointers into panning, zooming, drawing and dragging. Without modes: a drag on a grip resizes, on the selected
 * label or on an edge moves, anywhere else draws; a click selects the smallest label under it.
 */

import { clampPoint, IPoint } from './geometry';
import { IDraft, kindOf, Shape } from './kinds';
import { IActive } from './scene';
import { isShown } from './review';
import { Session } from './session';
import { Stage } from './stage';
import { ILabelIn, LabelKind } from './types';

type Act =
  | { type: 'pan' }
  | { type: 'draw'; draft: IDraft; from: IPoint; moved: boolean }
  | { type: 'drag'; key: string; grip: string; from: IPoint; shape: Shape; moved: boolean };

/** A drag shorter than this on the screen is a click. */
const STILL = 3;
const EDGE = 5;
const GRIP = 8;

export class Hand {
  constructor(
    private readonly _session: Session,
    private readonly _stage: Stage,
    private readonly _hasFocus: () => boolean
  ) {
    const { element } = _stage;
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void
    ): void => {
      element.addEventListener(type, listener, { passive: false, signal: this._life.signal });
    };
    on('pointerdown', event => event.target === element && this._down(event));
    on('pointermove', event => this._move(event));
    on('pointerup', event => this._up(event));
    on('pointercancel', event => this._up(event, true));
    on('pointerleave', () => this._leave());
    on('wheel', event => this._wheel(event));
    on('contextmenu', event => event.preventDefault());
  }

  /** What new labels are. */
  kind: LabelKind = 'box';
  hovered: string | null = null;
  pointer: IPoint | null = null;
  active: IActive | null = null;

  /** Where the crosshair goes; null where a press would not draw. */
  get crosshair(): IPoint | null {
    return this._cursorName() === 'crosshair' ? this.pointer : null;
  }

  /** While space is held, a drag pans. */
  set space(held: boolean) {
    this._space = held;
    this._cursor();
  }

  get busy(): boolean {
    return this._act !== null;
  }

  /** Gives up what is being drawn or dragged. */
  cancel(): void {
    this._act = null;
    this.active = null;
    this._stage.draw('labels', 'cursor');
  }

  dispose(): void {
    this._life.abort();
  }

  private _down(event: PointerEvent): void {
    this._stage.element.focus({ preventScroll: true });
    this._stage.element.setPointerCapture(event.pointerId);
    this._pointers.set(event.pointerId, this._stage.screenPoint(event));
    if (this._pointers.size === 2) {
      this.cancel();
      return;
    }
    if (event.button === 1 || (event.button === 0 && this._space)) {
      event.preventDefault();
      this._act = { type: 'pan' };
    } else if (event.button === 0 && this._session.sample) {
      this._act = this._begin(this._stage.point(event), event.shiftKey);
    }
    this._cursor();
  }

  /** What a press at a point begins. */
  private _begin(p: IPoint, mustDraw: boolean): Act | null {
    const { selected, selectedLabel } = this._session;
    const scale = this._stage.viewport.scale;
    if (!mustDraw && selected !== null && selectedLabel) {
      const grip = this._gripAt(selectedLabel, p) ?? this._wholeAt(selectedLabel, p);
      if (grip) {
        return { type: 'drag', key: selected, grip, from: p, shape: selectedLabel, moved: false };
      }
    }
    const edge = mustDraw ? null : this._find(p, 'edge', EDGE / scale);
    const label = this._session.labels.get(edge ?? '');
    if (edge !== null && label) {
      this._session.select(edge);
      return { type: 'drag', key: edge, grip: 'whole', from: p, shape: label, moved: false };
    }
    const { image } = this._stage;
    const draft = kindOf(this.kind).begin(clampPoint(p, image), image);
    return draft && { type: 'draw', draft, from: p, moved: false };
  }

  private _move(event: PointerEvent): void {
    const now = this._stage.screenPoint(event);
    const before = this._pointers.get(event.pointerId);
    if (before && this._pointers.size === 2) {
      this._pinch(event.pointerId, before, now);
    } else if (before && this._act?.type === 'pan') {
      this._stage.pan(now.x - before.x, now.y - before.y);
    } else if (before && this._act) {
      this._pull(this._act, this._stage.point(event));
    } else {
      this._hover(this._stage.point(event));
    }
    if (before) {
      this._pointers.set(event.pointerId, now);
    }
    this.pointer = event.pointerType === 'touch' ? null : now;
    this._stage.draw('cursor');
  }

  private _pinch(id: number, before: IPoint, now: IPoint): void {
    const other = [...this._pointers].find(([key]) => key !== id)?.[1];
    if (other) {
      const spread = (p: IPoint): number => Math.hypot(p.x - other.x, p.y - other.y);
      const centre = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
      this._stage.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
      this._stage.zoom(spread(now) / Math.max(spread(before), 1), centre);
    }
  }

  private _pull(act: Act, p: IPoint): void {
    if (act.type === 'pan') {
      return;
    }
    const scale = this._stage.viewport.scale;
    const far = Math.hypot(p.x - act.from.x, p.y - act.from.y) * scale >= STILL;
    if (!act.moved && far) {
      act.moved = true;
      this._stage.draw('labels');
    }
    if (act.moved) {
      this.active = act.type === 'draw' ? this._drawn(act.draft, p) : this._dragged(act, p);
    }
  }

  private _drawn(draft: IDraft, p: IPoint): IActive | null {
    draft.move(p);
    const { shape } = draft;
    const { classes } = this._session;
    const color = classes.active === null ? '#FFFFFF' : classes.color(classes.active);
    return shape && { key: null, kind: this.kind, shape, color };
  }

  private _dragged(act: Extract<Act, { type: 'drag' }>, p: IPoint): IActive | null {
    const label = this._session.labels.get(act.key);
    if (!label) {
      return null;
    }
    const kind = kindOf(label.kind);
    const shape = kind.drag(
      act.shape,
      act.grip,
      p.x - act.from.x,
      p.y - act.from.y,
      this._stage.image
    );
    const color = this._session.classes.color(label.class_name);
    return shape && { key: act.key, kind: label.kind, shape, color };
  }

  private _up(event: PointerEvent, lost = false): void {
    const act = this._act;
    const done = this.active;
    this._pointers.delete(event.pointerId);
    this.cancel();
    if (act && act.type !== 'pan' && !lost) {
      this._finish(act, done, this._stage.point(event));
    }
    this._cursor();
  }

  private _finish(act: Exclude<Act, { type: 'pan' }>, done: IActive | null, p: IPoint): void {
    if (!act.moved) {
      this._session.select(this._find(p, 'inside', EDGE / this._stage.viewport.scale));
    } else if (done && act.type === 'draw') {
      this._session.place({ kind: done.kind, ...done.shape });
    } else if (done && act.type === 'drag') {
      this._session.change(act.key, done.shape);
    }
  }

  private _hover(p: IPoint): void {
    const slack = EDGE / this._stage.viewport.scale;
    this.hovered = this._find(p, 'edge', slack) ?? this._find(p, 'inside', slack);
    this._at = p;
    this._cursor();
  }

  private _leave(): void {
    if (this._pointers.size === 0) {
      this.pointer = null;
      this.hovered = null;
      this._stage.draw('cursor');
    }
  }

  private _wheel(event: WheelEvent): void {
    const pinch = event.ctrlKey || event.metaKey;
    if (!pinch && !this._hasFocus()) {
      return;
    }
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
    if (event.shiftKey) {
      this._stage.pan(-(event.deltaX || event.deltaY) * lines, 0);
      return;
    }
    const speed = pinch ? 0.01 : 0.0016;
    const factor = Math.exp(-event.deltaY * lines * speed);
    this._stage.zoom(factor, this._stage.screenPoint(event));
  }

  /** The smallest label under a point: 'edge' counts outlines only, 'inside' all of it. */
  private _find(p: IPoint, part: 'edge' | 'inside', slack: number): string | null {
    let best: string | null = null;
    let least = Infinity;
    for (const [key, label] of this._session.labels) {
      const touched = isShown(label, this._session.threshold)
        ? kindOf(label.kind).hit(label, p, slack)
        : null;
      const [, , w, h] = kindOf(label.kind).bounds(label) ?? [0, 0, 0, 0];
      if (touched && (part === 'inside' || touched === 'edge') && w * h < least) {
        best = key;
        least = w * h;
      }
    }
    return best;
  }

  private _gripAt(label: ILabelIn, p: IPoint): string | null {
    const reach = GRIP / this._stage.viewport.scale;
    const near = kindOf(label.kind)
      .grips(label)
      .map(grip => ({ grip, d: Math.hypot(grip.at.x - p.x, grip.at.y - p.y) }))
      .filter(({ d }) => d <= reach)
      .sort((a, b) => a.d - b.d)[0];
    return near ? near.grip.name : null;
  }

  private _wholeAt(label: ILabelIn, p: IPoint): 'whole' | null {
    return kindOf(label.kind).hit(label, p, EDGE / this._stage.viewport.scale) ? 'whole' : null;
  }

  private _cursor(): void {
    this._stage.element.style.cursor = this._cursorName();
  }

  private _cursorName(): string {
    if (this._act?.type === 'pan') {
      return 'grabbing';
    }
    const label = this._session.selectedLabel;
    if (this._space || !label) {
      return this._space ? 'grab' : 'crosshair';
    }
    const grip = this._gripAt(label, this._at);
    const found = kindOf(label.kind)
      .grips(label)
      .find(g => g.name === grip);
    return found?.cursor ?? (this._wholeAt(label, this._at) ? 'move' : 'crosshair');
  }

  private readonly _life = new AbortController();
  private readonly _pointers = new Map<number, IPoint>();
  private _act: Act | null = null;
  private _space = false;
  private _at: IPoint = { x: -1, y: -1 };
}
