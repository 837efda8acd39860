import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { LabApi } from '../api/lab';
import { LabModel } from '../model/labModel';
import { Uploads } from '../model/uploads';
import { IComexp } from '../tokens';

/** The state that all our plugins share. Asks nobody anything before the sidebar is shown. */
export const comexp: JupyterFrontEndPlugin<IComexp> = {
  id: 'comexp-lab:comexp',
  description: 'Provides the state of the lab: datasets, runs, models, uploads.',
  autoStart: true,
  provides: IComexp,
  activate: (app: JupyterFrontEnd): IComexp => {
    const model = new LabModel(new LabApi(app.serviceManager.serverSettings));
    return { model, uploads: new Uploads(model) };
  }
};
