import { JupyterFrontEndPlugin } from '@jupyterlab/application';

import { comexp } from './plugins/comexp';
import { datasets } from './plugins/datasets';
import { launcher } from './plugins/launcher';
import { models } from './plugins/models';
import { notebooks } from './plugins/notebooks';
import { rights } from './plugins/rights';
import { sidebar } from './plugins/sidebar';
import { tabs } from './plugins/tabs';

export { IComexp } from './tokens';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  comexp,
  datasets,
  launcher,
  models,
  notebooks,
  rights,
  sidebar,
  tabs
];

export default plugins;
