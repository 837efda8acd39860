/** One typed function per endpoint of the rights of the lab service. */

import { ServerConnection } from '@jupyterlab/services';

import { apiUrl, request, requestText } from './request';
import {
  IConsent,
  IEmail,
  IErasure,
  IErasurePlan,
  IHistory,
  IPlanWish,
  IPolicy,
  IPolicyText,
  IPrivacy,
  IPurpose,
  IRequest,
  IRequestWish,
  IRun,
  Language
} from './types';

type Purpose = IPurpose['purpose'];

export class RightsApi {
  constructor(readonly settings: ServerConnection.ISettings) {}

  archive = (): Promise<IRun> => this._send('POST', 'archive', {});
  restore = (upload: string, rename: Record<string, string>): Promise<IRun> =>
    this._send('POST', 'restore', { upload, rename });

  planErasure = (wish: IPlanWish): Promise<IErasurePlan> => this._send('POST', 'erasures', wish);
  erase = (plan: IErasurePlan, confirm: string): Promise<IErasure> =>
    this._send('POST', `erasures/${plan.id}/execute`, { hash: plan.hash, confirm });
  erasures = (): Promise<IErasure[]> => this._get('erasures');
  erasure = (id: string): Promise<IErasure> => this._get(`erasures/${id}`);
  retryErasure = (id: string): Promise<IErasure> => this._send('POST', `erasures/${id}/retry`);
  act = (id: string): Promise<string> => requestText(this.settings, `rights/erasures/${id}/act`);
  actUrl = (id: string): string => this._url(`erasures/${id}/act`);

  freeze = (dataset: string): Promise<IRequest> => this._send('PUT', `frozen/${dataset}`);
  unfreeze = (dataset: string): Promise<void> => this._send('DELETE', `frozen/${dataset}`);

  purposes = (): Promise<IPurpose[]> => this._get('purposes');
  consents = (): Promise<IConsent[]> => this._get('consents');
  object = (purpose: Purpose, dataset: string | null): Promise<IRequest> =>
    this._send('PUT', `objections/${purpose}${scope(dataset)}`);
  liftObjection = (purpose: Purpose, dataset: string | null): Promise<void> =>
    this._send('DELETE', `objections/${purpose}${scope(dataset)}`);
  agree = (purpose: Purpose, language: Language, sha256: string | null): Promise<IConsent> =>
    this._send('PUT', `consents/${purpose}`, { language, method: 'panel', sha256 });
  withdraw = (purpose: Purpose): Promise<void> => this._send('DELETE', `consents/${purpose}`);
  receiptUrl = (consent: string): string => this._url(`consents/${consent}/receipt`);
  optOut = (): Promise<IRequest> => this._send('PUT', 'opt-out');

  email = (language: Language): Promise<IEmail> => this._get(`email?language=${language}`);
  setEmail = (address: string, language: Language): Promise<void> =>
    this._send('PUT', 'email', { address, language });

  requests = (): Promise<IRequest[]> => this._get('requests');
  request = (id: string): Promise<IRequest> => this._get(`requests/${id}`);
  makeRequest = (wish: IRequestWish): Promise<IRequest> => this._send('POST', 'requests', wish);
  cancelRequest = (id: string): Promise<IRequest> => this._send('POST', `requests/${id}/cancel`);
  reply = (id: string, language: Language): Promise<string> =>
    requestText(this.settings, `rights/requests/${id}/reply?language=${language}`);

  policies = (): Promise<IPolicy[]> => this._get('policies');
  policyText = (id: string, language: Language): Promise<IPolicyText> =>
    this._get(`policies/${id}/text?language=${language}`);
  policyChanges = (id: string, language: Language): Promise<string[]> =>
    this._get(`policies/${id}/changes?language=${language}`);
  privacy = (): Promise<IPrivacy> => this._get('privacy');

  authorities = (language: Language): Promise<string[]> =>
    this._get(`authorities?language=${language}`);
  history = (language: Language): Promise<IHistory> => this._get(`history?language=${language}`);
  processingUrl = (): string => this._url('processing');

  private _url(path: string): string {
    return apiUrl(this.settings, `rights/${path}`);
  }

  private _get<T>(path: string): Promise<T> {
    return request(this.settings, `rights/${path}`);
  }

  private _send<T>(method: string, path: string, body?: unknown): Promise<T> {
    return request(this.settings, `rights/${path}`, method, body);
  }
}

function scope(dataset: string | null): string {
  return dataset === null ? '' : `?dataset=${encodeURIComponent(dataset)}`;
}
