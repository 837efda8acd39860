import { Token } from '@lumino/coreutils';

import { LabModel } from './model/labModel';
import { RightsModel } from './model/rightsModel';
import { Uploads } from './model/uploads';

/** What our plugins share, and what other extensions may use. */
export interface IComexp {
  readonly model: LabModel;
  readonly uploads: Uploads;
  readonly rights: RightsModel;
}

export const IComexp = new Token<IComexp>(
  'comexp-lab:IComexp',
  'The state of the lab (datasets, runs, models) and the uploads into it.'
);

export namespace CommandIDs {
  export const show = 'comexp:show';
  export const createDataset = 'comexp:create-dataset';
  export const renameDataset = 'comexp:rename-dataset';
  export const freezeDataset = 'comexp:freeze-dataset';
  export const exportDataset = 'comexp:export-dataset';
  export const insertCode = 'comexp:insert-code';
  export const browse = 'comexp:browse';
  export const annotate = 'comexp:annotate';
  export const uploadFiles = 'comexp:upload-files';
  export const uploadFolder = 'comexp:upload-folder';
  export const importModel = 'comexp:import-model';
  export const deleteModel = 'comexp:delete-model';
  export const downloadAll = 'comexp:download-everything';
  export const rights = 'comexp:data-rights';
  export const policy = 'comexp:show-policy';
  export const freezeUse = 'comexp:freeze-use';
  export const unfreezeUse = 'comexp:unfreeze-use';
  export const erase = 'comexp:erase-dataset';
  export const eraseSamples = 'comexp:erase-samples';
  export const eraseClass = 'comexp:erase-class';
}
