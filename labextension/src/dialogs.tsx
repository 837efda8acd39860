/** Dialogs whose content is React, in the language that was chosen. */

import { Dialog, ReactWidget } from '@jupyterlab/apputils';
import * as React from 'react';

import { RightsModel } from './model/rightsModel';
import { LanguageContext } from './words';

/** Enter means the last button once it is allowed, and nothing before. */
export class FormDialog extends Dialog<unknown> {
  allow(yes: boolean): void {
    this.node.querySelector<HTMLButtonElement>('.jp-mod-accept')!.disabled = !yes;
    this._allowed = yes;
  }

  handleEvent(event: Event): void {
    const typing = event.target instanceof HTMLInputElement;
    if (event instanceof KeyboardEvent && event.key === 'Enter' && typing) {
      event.preventDefault();
      event.stopPropagation();
      if (this._allowed && event.type === 'keydown') {
        this.resolve(1);
      }
    } else {
      super.handleEvent(event);
    }
  }

  private _allowed = false;
}

/** The content of a dialog, in the language that was chosen. */
export function body(model: RightsModel, content: React.ReactElement): ReactWidget {
  const widget = ReactWidget.create(
    <LanguageContext.Provider value={model.state.language}>{content}</LanguageContext.Provider>
  );
  widget.addClass('cx-Dialog');
  return widget;
}
