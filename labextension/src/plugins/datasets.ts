import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, ICommandPalette, InputDialog } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator, TranslationBundle } from '@jupyterlab/translation';
import { addIcon, fileUploadIcon, folderIcon } from '@jupyterlab/ui-components';

import { chooseFiles } from '../browser';
import { IRun } from '../api/types';
import { saveFrom } from '../browser';
import { CommandIDs, IComexp } from '../tokens';

/** Create, rename, freeze, fill and export datasets. */
export const datasets: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:datasets',
  description: 'Adds the commands that create, fill, rename, freeze and export datasets.',
  autoStart: true,
  requires: [IComexp],
  optional: [ICommandPalette, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    comexp: IComexp,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    addNaming(app, comexp, trans);
    addFilling(app, comexp, trans);
    addExport(app, comexp, trans);
    const category = 'Comexp';
    for (const command of [
      CommandIDs.createDataset,
      CommandIDs.uploadFiles,
      CommandIDs.uploadFolder
    ]) {
      palette?.addItem({ command, category });
    }
  }
};

function addNaming(app: JupyterFrontEnd, { model }: IComexp, trans: TranslationBundle): void {
  app.commands.addCommand(CommandIDs.createDataset, {
    label: trans.__('New Dataset…'),
    icon: addIcon,
    execute: async () => {
      const answer = await InputDialog.getText({
        title: trans.__('New dataset'),
        label: trans.__('Name'),
        okLabel: trans.__('Create'),
        checkbox: {
          label: trans.__('In memory only, until the lab service stops'),
          caption: trans.__('Nothing is written to disk; it is gone when the lab service stops.')
        }
      });
      if (answer.button.accept && answer.value) {
        const storage = answer.isChecked ? 'ephemeral' : 'retained';
        await model.attempt(() => model.api.createDataset(answer.value ?? '', storage));
        model.reload();
      }
    }
  });
  app.commands.addCommand(CommandIDs.renameDataset, {
    label: trans.__('Rename Dataset…'),
    execute: async ({ dataset, name }) => {
      const answer = await InputDialog.getText({
        title: trans.__('Rename dataset'),
        text: String(name),
        okLabel: trans.__('Rename')
      });
      if (answer.button.accept && answer.value && answer.value !== name) {
        await model.attempt(() => model.api.renameDataset(String(dataset), answer.value ?? ''));
        model.reload();
      }
    }
  });
  app.commands.addCommand(CommandIDs.freezeDataset, {
    label: trans.__('Freeze a Version…'),
    execute: async ({ dataset }) => {
      const answer = await InputDialog.getText({
        title: trans.__('Freeze a version'),
        label: trans.__('Name of the version, e.g. v1'),
        okLabel: trans.__('Freeze')
      });
      if (!answer.button.accept || !answer.value) {
        return;
      }
      const made = await model.attempt(() => model.api.freeze(String(dataset), answer.value ?? ''));
      if (made) {
        model.notify('info', trans.__('Frozen as %1 (revision %2).', made.name, made.revision));
      }
    }
  });
}

function addFilling(
  app: JupyterFrontEnd,
  { model, uploads }: IComexp,
  trans: TranslationBundle
): void {
  const add = async (folder: boolean, dataset: unknown): Promise<void> => {
    const files = await chooseFiles({ folder, multiple: true });
    if (files.length > 0) {
      await model.attempt(() => uploads.add(files, dataset ? String(dataset) : null));
    }
  };
  app.commands.addCommand(CommandIDs.uploadFiles, {
    label: trans.__('Upload Images, Videos or a Zip…'),
    icon: fileUploadIcon,
    execute: ({ dataset }) => add(false, dataset)
  });
  app.commands.addCommand(CommandIDs.uploadFolder, {
    label: trans.__('Upload a Folder…'),
    icon: folderIcon,
    execute: ({ dataset }) => add(true, dataset)
  });
}

function addExport(app: JupyterFrontEnd, { model }: IComexp, trans: TranslationBundle): void {
  app.commands.addCommand(CommandIDs.exportDataset, {
    label: ({ title }) => String(title ?? trans.__('Export')),
    execute: async ({ dataset, format }) => {
      await model.attempt(async () => {
        const run = await model.api.exportDataset(String(dataset), String(format));
        model.putRun(run);
        const over = await model.whenOver(run);
        if (over.status === 'succeeded') {
          saveFrom(model.api.downloadUrl(run.id));
          await tellLosses(over, trans);
        } else {
          model.notify('error', String(over.problem?.detail ?? over.message));
        }
      });
    }
  });
}

/** Says what the format could not hold, if anything. */
async function tellLosses(run: IRun, trans: TranslationBundle): Promise<void> {
  const certificate = run.result?.certificate as { lost?: Record<string, number> } | undefined;
  const lost = Object.entries(certificate?.lost ?? {});
  if (lost.length > 0) {
    const lines = lost.map(([what, times]) => `${what}: ${times}`).join(', ');
    await new Dialog({
      title: trans.__('This format cannot hold everything'),
      body: trans.__('Left out: %1. Choose COCO or Datumaro to keep more.', lines),
      buttons: [Dialog.okButton({ label: trans.__('OK') })]
    }).launch();
  }
}
