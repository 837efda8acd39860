/** Short names for the messages of the lab service. */

import type { components } from './schema';

type Schemas = components['schemas'];

export type IDataset = Schemas['DatasetOut'];
export type IStats = Schemas['Stats'];
export type IClass = Schemas['ClassOut'];
export type IRun = Schemas['RunOut'];
export type IRunDetail = Schemas['RunDetail'];
export type IModel = Schemas['ModelOut'];
export type IInventory = Schemas['Inventory'];
export type IInventoryRow = Schemas['InventoryRow'];
export type IErasurePlan = Schemas['ErasurePlan'];
export type IErasure = Schemas['ErasureOut'];
export type ICertificate = Schemas['ErasureCertificate'];
export type IImport = Schemas['ImportIn'];
export type IImportReport = Schemas['ImportReport'];
export type IExport = Schemas['ExportIn'];
export type IVersion = Schemas['VersionOut'];
export type IBrowse = Schemas['BrowseOut'];
export type ILabInfo = Schemas['LabInfo'];
export type ILabEvent = Schemas['Event'];

/** Whether a run will not change any more by itself. */
export function isOver(run: IRun): boolean {
  return run.status !== 'queued' && run.status !== 'running';
}
