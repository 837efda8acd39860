import { ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { AnnotatorTab } from '../annotatorTab';
import { BrowserTab } from '../browserTab';
import { annotateIcon, gridIcon } from '../icons';
import { CommandIDs, IComexp } from '../tokens';

/** The tabs of the main area: FiftyOne and the annotator. */
export const tabs: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:tabs',
  description: 'Opens a dataset in FiftyOne or in the annotator, in the main area.',
  autoStart: true,
  requires: [IComexp],
  optional: [ILayoutRestorer, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model }: IComexp,
    restorer: ILayoutRestorer | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    const tracker = new WidgetTracker<MainAreaWidget<DatasetTab>>({ namespace: 'comexp-tabs' });
    const open = (kind: 'browse' | 'annotate', dataset: string, name: string): void => {
      const found = tracker.find(
        tab => tab.content.kind === kind && tab.content.datasetId === dataset
      );
      if (found) {
        app.shell.activateById(found.id);
        return;
      }
      const content =
        kind === 'browse'
          ? new BrowserTab(model.api, dataset, trans)
          : new AnnotatorTab(model.api, dataset);
      const tab = new MainAreaWidget<DatasetTab>({ content });
      tab.id = `comexp-${kind}-${dataset}`;
      tab.title.label = name;
      tab.title.caption =
        kind === 'browse' ? trans.__('%1 in FiftyOne', name) : trans.__('Annotate %1', name);
      tab.title.icon = kind === 'browse' ? gridIcon : annotateIcon;
      app.shell.add(tab, 'main');
      void tracker.add(tab);
    };
    app.commands.addCommand(CommandIDs.browse, {
      label: trans.__('Browse in FiftyOne'),
      execute: ({ dataset, name }) => open('browse', String(dataset), String(name))
    });
    app.commands.addCommand(CommandIDs.annotate, {
      label: trans.__('Annotate'),
      execute: ({ dataset, name }) => open('annotate', String(dataset), String(name))
    });
    void restorer?.restore(tracker, {
      command: 'comexp:restore-tab',
      args: tab => ({
        kind: tab.content.kind,
        dataset: tab.content.datasetId,
        name: tab.title.label
      }),
      name: tab => tab.id
    });
    app.commands.addCommand('comexp:restore-tab', {
      label: trans.__('Restore a tab'),
      execute: ({ kind, dataset, name }) =>
        open(kind === 'annotate' ? 'annotate' : 'browse', String(dataset), String(name))
    });
  }
};

/** A widget that shows one dataset. */
export type DatasetTab = Widget & { kind: 'browse' | 'annotate'; datasetId: string };
