/** Drags a dataset out of the sidebar; where it falls into a notebook, a ready code cell appears. */

import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';

import { snippet } from './snippet';

const CELL_MIME = 'application/vnd.jupyter.cells';
const THRESHOLD = 6;

/** Watches a press of the pointer until it is released or has become a drag. */
export class CellDrag {
  constructor(
    private _start: PointerEvent,
    private _name: string
  ) {
    if (_start.button === 0) {
      document.addEventListener('pointermove', this._onMove, true);
      document.addEventListener('pointerup', this._stop, true);
      document.addEventListener('pointercancel', this._stop, true);
    }
  }

  private _onMove = (event: PointerEvent): void => {
    const dx = Math.abs(event.clientX - this._start.clientX);
    const dy = Math.abs(event.clientY - this._start.clientY);
    if (Math.max(dx, dy) < THRESHOLD) {
      return;
    }
    this._stop();
    const code = snippet(this._name);
    const mimeData = new MimeData();
    mimeData.setData(CELL_MIME, [{ cell_type: 'code', source: code, metadata: {}, outputs: [] }]);
    mimeData.setData('text/plain', code);
    const drag = new Drag({
      mimeData,
      dragImage: this._image(),
      supportedActions: 'copy',
      proposedAction: 'copy',
      source: this
    });
    void drag.start(event.clientX, event.clientY).then(() => drag.dispose());
  };

  private _stop = (): void => {
    document.removeEventListener('pointermove', this._onMove, true);
    document.removeEventListener('pointerup', this._stop, true);
    document.removeEventListener('pointercancel', this._stop, true);
  };

  private _image(): HTMLElement {
    const image = document.createElement('div');
    image.className = 'cx-DragImage';
    image.textContent = this._name;
    return image;
  }
}
