/** The sidebar: a thin Lumino shell around pure components. */

import { ReactWidget, UseSignal } from '@jupyterlab/apputils';
import { URLExt } from '@jupyterlab/coreutils';
import { ITranslator, TranslationBundle } from '@jupyterlab/translation';
import {
  addIcon,
  CommandToolbarButton,
  fileUploadIcon,
  folderIcon,
  PanelWithToolbar,
  SidePanel
} from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Message, MessageLoop } from '@lumino/messaging';
import { AccordionPanel, PanelLayout, Widget } from '@lumino/widgets';
import * as React from 'react';

import { filesOf } from './api/files';
import { IDataset } from './api/types';
import { saveFrom } from './browser';
import { TransContext } from './components/context';
import { DatasetList, IListActions } from './components/DatasetList';
import { Footer } from './components/Footer';
import { ModelList } from './components/ModelList';
import { Notices } from './components/Notices';
import { Overview } from './components/rights/Overview';
import { RunList } from './components/RunList';
import { IRunActions } from './components/RunRow';
import { IUploadActions } from './components/UploadRow';
import { openDatasetMenu } from './datasetMenu';
import { CellDrag } from './dragging';
import { openExportMenu } from './exportMenu';
import { comexpIcon } from './icons';
import { IState } from './model/state';
import { rightsActions } from './rightsActions';
import { CommandIDs, IComexp } from './tokens';
import { CATALOGUES, LanguageContext } from './words';

interface IOptions {
  comexp: IComexp;
  commands: CommandRegistry;
  translator: ITranslator;
}

export class ComexpPanel extends SidePanel {
  constructor(options: IOptions) {
    super({ translator: options.translator });
    this._comexp = options.comexp;
    this._commands = options.commands;
    this._words = options.translator.load('comexp-lab');
    this.id = 'comexp-panel';
    this.addClass('cx-Panel');
    this.title.icon = comexpIcon;
    this.title.caption = this._words.__('Comexp: images, annotation, training');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this._words.__('Comexp'));
    this._fill();
  }

  dispose(): void {
    this._observer.disconnect();
    document.removeEventListener('visibilitychange', this._look);
    super.dispose();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    document.addEventListener('visibilitychange', this._look);
    this._look();
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    document.removeEventListener('visibilitychange', this._look);
    this._look();
  }

  /** Listens to the lab while a person can see the panel, and only then. */
  private _look = (): void => {
    if (this.isVisible && document.visibilityState === 'visible') {
      this._comexp.model.wake(this.id);
      this._comexp.rights.show(this.id, ['erasures', 'requests']);
    } else {
      this._comexp.model.sleep(this.id);
      this._comexp.rights.hide(this.id);
    }
  };

  private _fill(): void {
    const trans = this._words;
    const { model } = this._comexp;
    const listed = this._listActions();
    const uploads = this._uploadActions();
    const runs = this._runActions();
    this._addHeader(
      this._view(state => <Notices notices={state.notices} onDismiss={id => model.dismiss(id)} />)
    );
    this._addSection(
      trans.__('Datasets'),
      state => (
        <DatasetList
          state={state}
          thumbnail={cover(model.api)}
          actions={listed}
          uploads={uploads}
        />
      ),
      [CommandIDs.createDataset, CommandIDs.uploadFiles, CommandIDs.uploadFolder]
    );
    this._addSection(trans.__('Runs'), state => (
      <RunList runs={state.runs} datasets={state.datasets} details={state.details} actions={runs} />
    ));
    this._addSection(
      trans.__('Models'),
      state => (
        <ModelList
          models={state.models}
          coming={state.uploads.filter(upload => upload.dataset === null)}
          uploads={uploads}
          onDelete={({ id, name }) => this._do(CommandIDs.deleteModel, { id, name })}
          onDropFiles={transfer => void this._dropModel(transfer)}
        />
      ),
      [CommandIDs.importModel]
    );
    const { rights } = this._comexp;
    const actions = rightsActions(this._commands, rights);
    const section = this._addSection(trans.__('Data rights'), state => (
      <Overview lab={state} rights={rights.state} actions={actions} />
    ));
    const rename = (): void => {
      section.title.label = CATALOGUES[rights.state.language].title;
    };
    rights.changed.connect(rename);
    this.disposed.connect(() => rights.changed.disconnect(rename));
    const source = URLExt.join(model.api.settings.baseUrl, 'comexp/source');
    const footer = this._view(state => <Footer lab={state.lab} sourceUrl={source} />);
    (this.layout as PanelLayout).addWidget(footer);
    const accordion = this.content as AccordionPanel;
    accordion.expansionToggled.connect(() => share(accordion));
    [2, 3].forEach(index => accordion.collapse(index));
    this._observer.observe(this.content.node);
  }

  private _listActions(): IListActions {
    const { model } = this._comexp;
    const named = (dataset: IDataset) => ({ dataset: dataset.id, name: dataset.name });
    return {
      onToggle: id => model.toggleDataset(id),
      onBrowse: dataset => this._do(CommandIDs.browse, named(dataset)),
      onAnnotate: dataset => this._do(CommandIDs.annotate, named(dataset)),
      onInsert: dataset => this._do(CommandIDs.insertCode, named(dataset)),
      onExport: (dataset, anchor) =>
        openExportMenu(this._commands, dataset.id, anchor, this._words),
      onFreeze: dataset => this._do(CommandIDs.freezeDataset, named(dataset)),
      onRename: dataset => this._do(CommandIDs.renameDataset, named(dataset)),
      onUnfreeze: dataset => this._do(CommandIDs.unfreezeUse, named(dataset)),
      onMenu: (dataset, anchor) =>
        openDatasetMenu(this._commands, dataset.id, dataset.name, anchor),
      onChoose: dataset => this._do(CommandIDs.uploadFiles, named(dataset)),
      onDrag: (event, dataset) => new CellDrag(event.nativeEvent, dataset.name),
      onDropFiles: (transfer, dataset) => void this._dropFiles(transfer, dataset),
      onDismissReport: index => {
        const reports = model.state.reports.filter((_, other) => other !== index);
        model.update({ reports });
      }
    };
  }

  private _uploadActions(): IUploadActions {
    const { uploads } = this._comexp;
    return {
      onPause: id => uploads.pause(id),
      onResume: id => uploads.resume(id),
      onCancel: id => uploads.cancel(id)
    };
  }

  private _runActions(): IRunActions {
    const { model } = this._comexp;
    const tell = (work: Promise<unknown>): void => void model.attempt(() => work);
    return {
      onToggle: id => model.toggleRun(id),
      onCancel: run => tell(model.api.cancelRun(run.id)),
      onResume: run => tell(model.api.resumeRun(run.id)),
      onDownload: run => saveFrom(model.api.downloadUrl(run.id))
    };
  }

  private async _dropFiles(transfer: DataTransfer, dataset: string | null): Promise<void> {
    const { model, uploads } = this._comexp;
    await model.attempt(async () => uploads.add(await filesOf(transfer), dataset));
  }

  private async _dropModel(transfer: DataTransfer): Promise<void> {
    const { model, uploads } = this._comexp;
    await model.attempt(async () => {
      for (const { file } of await filesOf(transfer)) {
        await uploads.addModel(file);
      }
    });
  }

  private _do(command: string, args: Record<string, string> = {}): void {
    void this._commands.execute(command, args);
  }

  private _addHeader(widget: Widget): void {
    widget.addClass('cx-Header');
    (this.layout as PanelLayout).insertWidget(0, widget);
  }

  private _addSection(
    title: string,
    render: (state: IState) => React.ReactElement,
    commands: string[] = []
  ): Widget {
    const section = new PanelWithToolbar();
    section.title.label = title;
    section.addClass('cx-Panel-section');
    for (const id of commands) {
      const icon = ICONS[id];
      const button = new CommandToolbarButton({ commands: this._commands, id, icon, label: '' });
      section.toolbar.addItem(id, button);
    }
    section.addWidget(this._view(render));
    this.addWidget(section);
    return section;
  }

  /** A widget that draws the state, again after each change. */
  private _view(render: (state: IState) => React.ReactElement): Widget {
    const { model, rights } = this._comexp;
    return ReactWidget.create(
      <TransContext.Provider value={this._words}>
        <UseSignal signal={rights.changed}>
          {() => (
            <LanguageContext.Provider value={rights.state.language}>
              <UseSignal signal={model.changed}>{() => render(model.state)}</UseSignal>
            </LanguageContext.Provider>
          )}
        </UseSignal>
      </TransContext.Provider>
    );
  }

  /** Notices and the footer take room from the sections, of which Lumino does not hear by itself. */
  private _observer = new ResizeObserver(() =>
    MessageLoop.postMessage(this.content, Widget.ResizeMessage.UnknownSize)
  );
  private _comexp: IComexp;
  private _commands: CommandRegistry;
  private _words: TranslationBundle;
}

const ICONS: Record<string, typeof addIcon> = {
  [CommandIDs.createDataset]: addIcon,
  [CommandIDs.uploadFiles]: fileUploadIcon,
  [CommandIDs.uploadFolder]: folderIcon,
  [CommandIDs.importModel]: fileUploadIcon
};

/** Gives each open section its share: Lumino remembers no height for one that was closed from the start. */
function share(accordion: AccordionPanel): void {
  const weights = accordion.widgets.map((section, index) =>
    section.isHidden ? 0 : index === 0 ? 3 : 2
  );
  accordion.setRelativeSizes(weights);
}

function cover(api: IComexp['model']['api']): (dataset: IDataset) => string | null {
  return dataset =>
    dataset.restricted || dataset.cover === null || dataset.cover === undefined
      ? null
      : api.thumbnailUrl(dataset.id, dataset.cover);
}
