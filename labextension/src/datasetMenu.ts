import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs } from './tokens';

/** What the owner of a dataset may demand of it; the same as in its context menu. */
export const DATASET_COMMANDS = [
  CommandIDs.freezeUse,
  CommandIDs.unfreezeUse,
  CommandIDs.eraseSamples,
  CommandIDs.eraseClass,
  CommandIDs.erase
];

export function openDatasetMenu(
  commands: CommandRegistry,
  dataset: string,
  name: string,
  anchor: HTMLElement
): void {
  const menu = new Menu({ commands });
  for (const command of DATASET_COMMANDS) {
    menu.addItem({ command, args: { dataset, name } });
  }
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose(), 0));
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}
