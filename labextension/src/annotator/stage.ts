/**
 * The picture and what lies on it: three canvases of the same size, so that a moving pointer repaints only the
 * topmost. Everything is drawn in the next animation frame, each layer at most once.
 */

import { IPoint, ISize } from './geometry';
import { paintCursor, paintLabels, paintPicture } from './paint';
import { IPicture } from './pixels';
import { IScene } from './scene';
import { fit, IViewport, pan, toImage, zoom } from './viewport';

type Layer = 'picture' | 'labels' | 'cursor';

const LAYERS: readonly Layer[] = ['picture', 'labels', 'cursor'];

export class Stage {
  constructor(
    readonly element: HTMLElement,
    private readonly _scene: () => IScene
  ) {
    for (const layer of LAYERS) {
      const canvas = document.createElement('canvas');
      canvas.className = 'layer';
      canvas.setAttribute('aria-hidden', 'true');
      element.append(canvas);
      this._contexts[layer] = canvas.getContext('2d') as CanvasRenderingContext2D;
    }
    this._observer = new ResizeObserver(() => this._resize());
    this._observer.observe(element);
  }

  viewport: IViewport = { scale: 1, x: 0, y: 0 };
  size: ISize = { width: 0, height: 0 };
  image: ISize = { width: 1, height: 1 };
  picture: IPicture | null = null;

  /** Shows another image, fitted; its pixels may come later. */
  open(image: ISize, picture: IPicture | null): void {
    this.image = { width: Math.max(image.width, 1), height: Math.max(image.height, 1) };
    this.picture = picture;
    this.fit();
  }

  setPicture(picture: IPicture | null): void {
    this.picture = picture;
    this.draw('picture');
  }

  fit(): void {
    this._fitted = true;
    this._look(fit(this.image, this.size));
  }

  zoom(factor: number, at?: IPoint): void {
    const centre = { x: this.size.width / 2, y: this.size.height / 2 };
    this._fitted = false;
    this._look(zoom(this.viewport, factor, at ?? centre, this.image, this.size));
  }

  pan(dx: number, dy: number): void {
    this._fitted = false;
    this._look(pan(this.viewport, dx, dy, this.image, this.size));
  }

  /** The image point under a pointer event. */
  point(event: { clientX: number; clientY: number }): IPoint {
    return toImage(this.viewport, this.screenPoint(event));
  }

  screenPoint(event: { clientX: number; clientY: number }): IPoint {
    const { left, top } = this.element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  draw(...layers: Layer[]): void {
    layers.forEach(layer => this._dirty.add(layer));
    if (this._dirty.size > 0 && this._frame === 0) {
      this._frame = requestAnimationFrame(() => this._paint());
    }
  }

  dispose(): void {
    cancelAnimationFrame(this._frame);
    this._observer.disconnect();
  }

  private _look(viewport: IViewport): void {
    this.viewport = viewport;
    this.draw(...LAYERS);
  }

  private _resize(): void {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (width === 0 || height === 0) {
      return;
    }
    this.size = { width, height };
    this._ratio = window.devicePixelRatio || 1;
    for (const { canvas } of Object.values(this._contexts)) {
      canvas.width = Math.round(width * this._ratio);
      canvas.height = Math.round(height * this._ratio);
    }
    if (this._fitted) {
      this.fit();
    } else {
      this.pan(0, 0);
    }
    this._paint();
  }

  private _paint(): void {
    cancelAnimationFrame(this._frame);
    this._frame = 0;
    if (this.size.width > 0) {
      const scene = this._scene();
      this._layer('picture', c => paintPicture(c, this, this._ratio));
      this._layer('labels', c => paintLabels(c, this, scene));
      this._layer('cursor', c => paintCursor(c, this, scene));
    }
    this._dirty.clear();
  }

  private _layer(layer: Layer, paint: (c: CanvasRenderingContext2D) => void): void {
    if (this._dirty.has(layer)) {
      const context = this._contexts[layer];
      context.setTransform(this._ratio, 0, 0, this._ratio, 0, 0);
      context.clearRect(0, 0, this.size.width, this.size.height);
      paint(context);
    }
  }

  private readonly _contexts = {} as Record<Layer, CanvasRenderingContext2D>;
  private readonly _observer: ResizeObserver;
  private readonly _dirty = new Set<Layer>();
  private _ratio = 1;
  private _frame = 0;
  private _fitted = true;
}
