import {
  ILabShell,
  ILayoutRestorer,
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';

import { comexpIcon } from '../icons';
import { ComexpPanel } from '../panel';
import { CommandIDs, IComexp } from '../tokens';

/** The panel in the left area. */
export const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:sidebar',
  description: 'Adds the Comexp sidebar: datasets, runs, models, data rights.',
  autoStart: true,
  requires: [IComexp],
  optional: [ILayoutRestorer, ICommandPalette, ITranslator, ILabShell],
  activate: (
    app: JupyterFrontEnd,
    comexp: IComexp,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    translator: ITranslator | null
  ): void => {
    const trans = (translator ?? nullTranslator).load('comexp-lab');
    const panel = new ComexpPanel({
      comexp,
      commands: app.commands,
      translator: translator ?? nullTranslator
    });
    app.shell.add(panel, 'left', { rank: 350, type: 'Comexp' });
    restorer?.add(panel, panel.id);
    app.commands.addCommand(CommandIDs.show, {
      label: args => (args.isPalette ? trans.__('Show the Comexp Panel') : trans.__('Comexp')),
      caption: trans.__('Images, annotation, training and review'),
      icon: comexpIcon,
      execute: () => app.shell.activateById(panel.id)
    });
    palette?.addItem({ command: CommandIDs.show, category: 'Comexp', args: { isPalette: true } });
  }
};
