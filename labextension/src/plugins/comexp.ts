import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { LabApi } from '../api/lab';
import { RightsApi } from '../api/rights';
import { LabModel } from '../model/labModel';
import { RightsModel } from '../model/rightsModel';
import { Uploads } from '../model/uploads';
import { IComexp } from '../tokens';

/** The state that all our plugins share. Asks nobody anything before the sidebar is shown. */
export const comexp: JupyterFrontEndPlugin<IComexp> = {
  id: 'comexp-lab:comexp',
  description: 'Provides the state of the lab: datasets, runs, models, uploads.',
  autoStart: true,
  provides: IComexp,
  activate: (app: JupyterFrontEnd): IComexp => {
    const settings = app.serviceManager.serverSettings;
    const model = new LabModel(new LabApi(settings));
    return {
      model,
      uploads: new Uploads(model),
      rights: new RightsModel(new RightsApi(settings), model)
    };
  }
};
