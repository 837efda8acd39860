import { TranslationBundle } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs } from './tokens';

/** Format names of the lab service with how people call them. */
const FORMATS: [string, string][] = [
  ['coco', 'COCO'],
  ['yolo', 'YOLO'],
  ['voc', 'Pascal VOC'],
  ['cvat', 'CVAT 1.1'],
  ['labelstudio', 'Label Studio'],
  ['datumaro', 'Datumaro'],
  ['labelme', 'LabelMe'],
  ['mot', 'MOT'],
  ['kitti', 'KITTI'],
  ['openimages', 'Open Images']
];

/** Lets a person choose the format of an export, below the button. */
export function openExportMenu(
  commands: CommandRegistry,
  dataset: string,
  anchor: HTMLElement,
  trans: TranslationBundle
): void {
  const menu = new Menu({ commands });
  menu.title.label = trans.__('Export');
  for (const [format, title] of FORMATS) {
    menu.addItem({ command: CommandIDs.exportDataset, args: { dataset, format, title } });
  }
  menu.aboutToClose.connect(() => setTimeout(() => menu.dispose(), 0));
  const { left, bottom } = anchor.getBoundingClientRect();
  menu.open(left, bottom);
}
