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
export type IPlanWish = Partial<Schemas['ErasurePlanIn']>;
export type IRequest = Schemas['RequestOut'];
export type IRequestWish = Schemas['RequestIn'];
export type RequestType = IRequest['type'];
export type Regime = IRequest['regimes'][number];
export type IDeadline = Schemas['RequestDeadline'];
export type IPurpose = Schemas['PurposeState'];
export type IConsent = Schemas['ConsentRecord'];
export type IPolicy = Schemas['PolicyOut'];
export type IPolicyText = Schemas['PolicyTextOut'];
export type IEmail = Schemas['EmailOut'];
export type IHistory = Schemas['History'];
export type IPrivacy = Schemas['Privacy'];
export type Language = IPolicyText['language'];
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
