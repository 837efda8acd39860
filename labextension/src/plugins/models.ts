import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, showDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { fileUploadIcon } from '@jupyterlab/ui-components';

import { chooseFiles } from '../browser';
import { CommandIDs, IComexp } from '../tokens';

/** Bring in and delete models. */
export const models: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:models',
  description: 'Adds the commands that import and delete models.',
  autoStart: true,
  requires: [IComexp],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    { model, uploads }: IComexp,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    app.commands.addCommand(CommandIDs.importModel, {
      label: trans.__('Import a Model (.pt)…'),
      icon: fileUploadIcon,
      execute: async () => {
        const [chosen] = await chooseFiles({ accept: '.pt,.safetensors' });
        if (chosen) {
          await uploads.addModel(chosen.file);
        }
      }
    });
    app.commands.addCommand(CommandIDs.deleteModel, {
      label: trans.__('Delete Model…'),
      execute: async ({ id, name }) => {
        const answer = await showDialog({
          title: trans.__('Delete %1?', String(name)),
          body: trans.__('Its weights are destroyed. Labels that it suggested stay.'),
          buttons: [
            Dialog.cancelButton({ label: trans.__('Cancel') }),
            Dialog.warnButton({ label: trans.__('Delete') })
          ]
        });
        if (answer.button.accept) {
          await model.attempt(() => model.api.deleteModel(String(id)));
          model.reload();
        }
      }
    });
    palette?.addItem({ command: CommandIDs.importModel, category: 'Comexp' });
  }
};
