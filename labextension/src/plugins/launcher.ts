import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';

import { CommandIDs } from '../tokens';

/** A card in the launcher that opens the sidebar. */
export const launcher: JupyterFrontEndPlugin<void> = {
  id: 'comexp-lab:launcher',
  description: 'Adds Comexp to the launcher.',
  autoStart: true,
  requires: [ILauncher],
  activate: (_: JupyterFrontEnd, cards: ILauncher): void => {
    cards.add({ command: CommandIDs.show, category: 'Other', rank: 1 });
  }
};
