import { Message } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

import { createAnnotator, IAnnotator } from './annotator';
import { LabApi } from './api/lab';
import { proofHeaders } from './api/request';

/** The annotator in a tab; it is the same as in a cell. */
export class AnnotatorTab extends Widget {
  constructor(
    private _api: LabApi,
    readonly datasetId: string
  ) {
    super();
    this.addClass('cx-AnnotatorTab');
  }

  readonly kind = 'annotate';

  /** Sample id of the image in view. */
  get current(): number | null {
    return this._annotator?.state.current ?? null;
  }

  dispose(): void {
    this._annotator?.dispose();
    this._annotator = null;
    super.dispose();
  }

  protected onAfterAttach(_: Message): void {
    this._annotator ??= createAnnotator(this.node, {
      baseUrl: new URL(this._api.settings.baseUrl, location.href).pathname,
      getXsrf: () => proofHeaders(this._api.settings)['X-XSRFToken'] ?? '',
      dataset: this.datasetId,
      fill: true
    });
  }

  protected onActivateRequest(_: Message): void {
    this._annotator?.focus();
  }

  private _annotator: IAnnotator | null = null;
}
