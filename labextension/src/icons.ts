/** Our own icons, drawn so that JupyterLab can recolour them. */

import { LabIcon } from '@jupyterlab/ui-components';

function draw(name: string, paths: string): LabIcon {
  const svgstr = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">${paths}</svg>`;
  return new LabIcon({ name: `comexp-lab:${name}`, svgstr });
}

const STROKE =
  'class="jp-icon3 jp-icon-selectable" stroke="#616161" stroke-width="2" style="fill:none"';
const FILL = 'class="jp-icon3 jp-icon-selectable" fill="#616161"';

/** A view finder with an aperture: what is seen, marked. */
export const comexpIcon = draw(
  'comexp',
  `<path ${STROKE} stroke-linecap="round" stroke-linejoin="round" d="M3 8V5a2 2 0 0 1 2-2h3M16 3h3a2 2 0 0 1 2 2v3M21 16v3a2 2 0 0 1-2 2h-3M8 21H5a2 2 0 0 1-2-2v-3"/>` +
    `<circle ${STROKE} cx="12" cy="12" r="4.5"/><circle ${FILL} cx="12" cy="12" r="1.6"/>`
);

export const annotateIcon = draw(
  'annotate',
  `<path ${STROKE} stroke-dasharray="3 2" d="M4 5h13v6M4 5v13h7"/><path ${FILL} d="M13 19.5 20 12.500l2 2-7 7h-2z"/>`
);

export const gridIcon = draw(
  'grid',
  `<path ${FILL} d="M3 3h8v8H3zM13 3h8v8h-8zM3 13h8v8H3zM13 13h8v8h-8z"/>`
);

export const snowflakeIcon = draw(
  'freeze',
  `<path ${STROKE} stroke-linecap="round" d="M12 2v20M3.3 7l17.4 10M20.7 7 3.3 17M9 3.500l3 2.5 3-2.500M9 20.500l3-2.5 3 2.5"/>`
);

export const modelIcon = draw(
  'model',
  `<path ${STROKE} d="M6 6l6 6-6 6M6 6l12 6L6 18"/><g ${FILL}><circle cx="5" cy="5.5" r="2.5"/><circle cx="5" cy="18.5" r="2.5"/><circle cx="12" cy="12" r="2.5"/><circle cx="19" cy="12" r="2.5"/></g>`
);

export const shieldIcon = draw(
  'rights',
  `<path ${STROKE} stroke-linejoin="round" d="M12 3l8 3v6c0 4.5-3.2 7.8-8 9-4.8-1.2-8-4.5-8-9V6z"/><path ${STROKE} stroke-linecap="round" d="M8.5 12l2.5 2.5 4.5-5"/>`
);
