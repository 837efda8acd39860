/** What the parts of "Data rights" can do; they are handed it and know nothing else. */

import {
  IErasure,
  IPlanWish,
  IPolicyText,
  IPurpose,
  IRequest,
  IRequestWish
} from '../../api/types';
import { Section } from '../../words';

type Purpose = IPurpose['purpose'];

export interface IRightsActions {
  onOpen: (section: Section) => void;
  onArchive: () => void;
  onRestore: () => void;
  /** Shows what would go, and asks. */
  onErase: (wish: IPlanWish) => void;
  onCertificate: (erasure: IErasure) => void;
  onRetry: (erasure: IErasure) => void;
  onFreeze: (dataset: string, name: string, frozen: boolean) => void;
  onConsent: (purpose: Purpose, yes: boolean) => void;
  /** `object` closes a purpose, for a dataset or altogether. */
  onObjection: (purpose: Purpose, dataset: string | null, object: boolean) => void;
  onReceipt: (consent: string) => void;
  onOptOut: () => void;
  onEmail: (address: string) => Promise<boolean>;
  onRequest: (wish: Omit<IRequestWish, 'key'>) => Promise<IRequest | null>;
  onCancel: (request: string) => void;
  /** A policy in a dialog. */
  onText: (policy: string) => void;
  loadRequest: (id: string) => Promise<IRequest | null>;
  loadReply: (id: string) => Promise<string | null>;
  loadText: (policy: string) => Promise<IPolicyText | null>;
  loadChanges: (policy: string) => Promise<string[] | null>;
  /** Ids of the images that are selected in FiftyOne or open in the annotator. */
  selected: (dataset: string) => Promise<number[]>;
  processingUrl: string;
}
