import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { OpenNotebooks } from '../openNotebooks';
import { setSnippet, snippet } from '../snippet';
import { CommandIDs, IComexp } from '../tokens';

/** From the sidebar into a notebook, and what an erasure means for open ones. */
export const notebooks: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:plugin',
  description:
    'Inserts a ready code cell for a dataset into the current notebook; keeps open ones in step with erasures.',
  autoStart: true,
  requires: [IComexp],
  optional: [INotebookTracker, ISettingRegistry, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model, rights }: IComexp,
    tracker: INotebookTracker | null,
    registry: ISettingRegistry | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    app.commands.addCommand(CommandIDs.insertCode, {
      label: trans.__('Insert Code for a Dataset'),
      execute: ({ name }) => {
        const code = snippet(String(name));
        const notebook = tracker?.currentWidget?.content;
        if (notebook) {
          NotebookActions.insertBelow(notebook);
          notebook.activeCell?.model.sharedModel.setSource(code);
          app.shell.activateById(tracker?.currentWidget?.id ?? '');
        } else {
          Clipboard.copyToSystem(code);
          model.notify('info', trans.__('No notebook is open: the code is in the clipboard.'));
        }
      }
    });
    void followSettings(registry);
    if (tracker) {
      const open = new OpenNotebooks(tracker, app.serviceManager.contents);
      rights.beforeErasing = () => open.save();
      model.heard.connect(() => void open.settle());
    }
  }
};

async function followSettings(registry: ISettingRegistry | null): Promise<void> {
  const settings = await registry?.load(notebooks.id);
  const read = (): void => setSnippet(String(settings?.get('insertedCode').composite ?? ''));
  settings?.changed.connect(read);
  read();
}
