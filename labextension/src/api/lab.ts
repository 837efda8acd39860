/** One typed function per endpoint of the lab service. */

import { ServerConnection } from '@jupyterlab/services';

import { apiUrl, request } from './request';
import {
  IBrowse,
  IDataset,
  IInventory,
  ILabInfo,
  IModel,
  IRun,
  IRunDetail,
  IStats,
  IVersion
} from './types';

export class LabApi {
  constructor(readonly settings: ServerConnection.ISettings) {}

  about = (): Promise<ILabInfo> => this._get('lab');

  datasets = (): Promise<IDataset[]> => this._get('datasets');

  createDataset = (name: string, storage: IDataset['storage']): Promise<IDataset> =>
    this._post('datasets', { name, storage });

  renameDataset = (id: string, name: string): Promise<IDataset> =>
    request(this.settings, `datasets/${id}`, 'PATCH', { name });

  stats = (id: string): Promise<IStats> => this._get(`datasets/${id}/stats`);

  freeze = (id: string, name: string): Promise<IVersion> =>
    this._post(`datasets/${id}/versions`, { name });

  /** `made`: the dataset was made for them, and goes again if they are refused. */
  importUploads = (id: string, uploads: string[], made: boolean): Promise<IRun> =>
    this._post(`datasets/${id}/import`, { uploads, made });

  exportDataset = (id: string, format: string): Promise<IRun> =>
    this._post(`datasets/${id}/export`, { format });

  browse = (id: string): Promise<IBrowse> => this._post('browse', { dataset: id });

  browsers = (): Promise<IBrowse[]> => this._get('browse');
  browser = (id: string): Promise<IBrowse> => this._get(`browse/${id}`);

  runs = (): Promise<IRun[]> => this._get('runs');

  run = (id: string): Promise<IRunDetail> => this._get(`runs/${id}`);

  cancelRun = (id: string): Promise<IRun> => this._post(`runs/${id}/cancel`);

  resumeRun = (id: string): Promise<IRun> => this._post(`runs/${id}/resume`);

  models = (): Promise<IModel[]> => this._get('models');

  importModel = (upload: string, name: string): Promise<IModel> =>
    this._post('models/import', { upload, name });

  deleteModel = (id: string): Promise<void> => request(this.settings, `models/${id}`, 'DELETE');

  inventory = (): Promise<IInventory> => this._get('rights/inventory');

  /** Addresses for `<img>`, links and streams. */
  thumbnailUrl = (dataset: string, sample: number): string =>
    apiUrl(this.settings, `datasets/${dataset}/samples/${sample}/thumbnail`);

  downloadUrl = (run: string): string => apiUrl(this.settings, `runs/${run}/download`);

  eventsUrl = (): string => apiUrl(this.settings, 'events');

  uploadsUrl = (): string => apiUrl(this.settings, 'uploads');

  private _get<T>(path: string): Promise<T> {
    return request(this.settings, path);
  }

  private _post<T>(path: string, body?: unknown): Promise<T> {
    return request(this.settings, path, 'POST', body);
  }
}
