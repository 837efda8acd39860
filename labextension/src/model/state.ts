/** Everything the sidebar shows, as one immutable value. */

import {
  IDataset,
  IImportReport,
  IInventory,
  ILabInfo,
  IModel,
  IRun,
  IRunDetail,
  IStats
} from '../api/types';

export interface INotice {
  id: number;
  kind: 'error' | 'info';
  text: string;
}

/** Files on their way, and then the import that they became. */
export interface IUpload {
  id: number;
  title: string;
  /** Dataset id; null while it is a model. */
  dataset: string | null;
  files: number;
  bytes: number;
  sent: number;
  status: 'sending' | 'paused' | 'importing';
  /** The import's run, once there is one. */
  run: string | null;
}

export interface IReport {
  dataset: string;
  title: string;
  report: IImportReport;
}

export interface IState {
  connected: boolean;
  lab: ILabInfo | null;
  datasets: IDataset[] | null;
  runs: IRun[] | null;
  models: IModel[] | null;
  inventory: IInventory | null;
  uploads: IUpload[];
  notices: INotice[];
  reports: IReport[];
  /** Ids of what is unfolded, with its details as far as loaded. */
  stats: Record<string, IStats | null>;
  details: Record<string, IRunDetail | null>;
}

export const EMPTY: IState = {
  connected: false,
  lab: null,
  datasets: null,
  runs: null,
  models: null,
  inventory: null,
  uploads: [],
  notices: [],
  reports: [],
  stats: {},
  details: {}
};
