/** "Data rights" in a tab of the main area: a thin Lumino shell around `RightsPage`. */

import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import { TranslationBundle } from '@jupyterlab/translation';
import { Message } from '@lumino/messaging';
import { ISignal, Signal } from '@lumino/signaling';
import * as React from 'react';

import { Language } from './api/types';
import { TransContext } from './components/context';
import { IRightsActions } from './components/rights/actions';
import { PARTS, RightsPage } from './components/rights/RightsPage';
import { RightsModel } from './model/rightsModel';
import { LanguageContext, Section } from './words';

interface IOptions {
  model: RightsModel;
  actions: IRightsActions;
  trans: TranslationBundle;
  onLanguage: (language: Language) => void;
}

export class RightsTab extends ReactWidget {
  constructor(private _options: IOptions) {
    super();
    this.id = 'comexp-rights';
    this.addClass('cx-RightsTab');
  }

  get section(): Section {
    return this._section;
  }

  /** Emitted when another section was opened. */
  get sectionChanged(): ISignal<this, Section> {
    return this._sectionChanged;
  }

  open(section: Section): void {
    this._section = section;
    if (this.isVisible) {
      this._options.model.show(this.id, ['privacy', ...PARTS[section]]);
    }
    this._sectionChanged.emit(section);
    this.update();
  }

  dispose(): void {
    this._look(false);
    Signal.clearData(this);
    super.dispose();
  }

  protected render(): React.ReactElement {
    const { model, actions, trans, onLanguage } = this._options;
    return (
      <TransContext.Provider value={trans}>
        <UseSignal signal={model.lab.changed}>
          {() => (
            <UseSignal signal={model.changed}>
              {() => (
                <LanguageContext.Provider value={model.state.language}>
                  <RightsPage
                    section={this._section}
                    lab={model.lab.state}
                    rights={model.state}
                    actions={actions}
                    onLanguage={onLanguage}
                    onDismiss={id => model.lab.dismiss(id)}
                  />
                </LanguageContext.Provider>
              )}
            </UseSignal>
          )}
        </UseSignal>
      </TransContext.Provider>
    );
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._look(true);
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._look(false);
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._look(this.isVisible);
  }

  private _look(yes: boolean): void {
    const { model } = this._options;
    if (yes) {
      model.lab.wake(this.id);
      model.show(this.id, ['privacy', ...PARTS[this._section]]);
    } else {
      model.hide(this.id);
      model.lab.sleep(this.id);
    }
  }

  private _section: Section = 'stored';
  private _sectionChanged = new Signal<this, Section>(this);
}
