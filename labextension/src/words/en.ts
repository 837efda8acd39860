/** The words of "Data rights" in English; they say what there is to be said in every other language. */

import type { IErasure, IPurpose, IRequest, RequestType } from '../api/types';

export type Section =
  | 'stored'
  | 'correct'
  | 'erase'
  | 'freeze'
  | 'purposes'
  | 'mail'
  | 'requests'
  | 'policies'
  | 'authorities'
  | 'happened';

type Purpose = IPurpose['purpose'];
type What = IErasure['what'];

const many = (n: number, one: string, more: string): string => `${n} ${n === 1 ? one : more}`;

const sections: Record<Section, string> = {
  stored: 'What is stored',
  correct: 'Correct',
  erase: 'Erase',
  freeze: 'Freeze',
  purposes: 'Uses and consents',
  mail: 'E-mail and notices',
  requests: 'Requests',
  policies: 'Policies',
  authorities: 'Where to complain',
  happened: 'What happened'
};

const types: Record<RequestType, { name: string; about: string }> = {
  access: { name: 'See my data', about: 'What is stored about you, why, and for how long.' },
  portability: { name: 'Take it with me', about: 'All of it in formats that other tools read.' },
  rectification: { name: 'Correct it', about: 'Something stored is wrong or incomplete.' },
  erasure: { name: 'Erase it', about: 'Destroyed for good, with a certificate.' },
  restriction: { name: 'Freeze it', about: 'Kept, and used for nothing.' },
  objection: { name: 'Object to a use', about: 'It ends at once.' },
  withdrawal: { name: 'Withdraw a consent', about: 'As easy as it was given.' },
  opt_out: { name: 'Do not sell or share', about: 'Nothing is sold; have it confirmed.' },
  know: { name: 'Know how it is used', about: 'What is collected, for what, who gets it.' },
  complaint: { name: 'Complain', about: 'Be told where, and by which law.' }
};

const states: Record<IRequest['state'], string> = {
  received: 'received',
  'identity asked': 'waits for proof of who you are',
  'identity failed': 'nobody proved to be you',
  verified: 'being looked at',
  planned: 'will be done',
  partial: 'a part will be done',
  denied: 'refused',
  building: 'the archive is being written',
  ready: 'the archive is ready',
  fenced: 'begun',
  applied: 'done',
  rewritten: 'files rewritten',
  unreadable: 'unreadable, being removed',
  verifying: 'being checked',
  certified: 'certified',
  closed: 'answered',
  cancelled: 'taken back'
};

const purposes: Record<Purpose, string> = {
  store: 'Storing',
  browse: 'Browsing',
  annotate: 'Annotating',
  train: 'Training models',
  predict: 'Automatic annotation',
  evaluate: 'Measuring models',
  export: 'Exporting',
  access: 'Your own access',
  erase: 'Erasing',
  usage: 'Usage figures',
  marketing: 'News by e-mail',
  service: 'Service messages',
  support: 'Support'
};

const whats: Record<What, string> = {
  dataset: 'A dataset',
  samples: 'Chosen images',
  class: 'A class',
  email: 'E-mail address',
  account: 'Everything'
};

export const en = {
  title: 'Data rights',
  language: 'Language',
  all: 'All rights',
  section: 'Section',
  sections,
  loading: 'Loading…',
  find: 'Find a name',
  close: 'Close',
  nothing: 'Nothing is stored',
  nothingMore: 'All that you add stays on this machine, encrypted, until you erase it.',
  sum: (size: string) => `${size} stored, encrypted, in this workspace only.`,
  elsewhere: 'Elsewhere in the workspace',
  items: 'Items',
  size: 'Size',
  kind: 'Kind',

  download: 'Download everything',
  /** On narrow buttons. */
  short: { download: 'Download', erase: 'Erase…', freeze: 'Freeze…', request: 'Request…' },
  downloadAbout:
    'One signed archive: your original files, labels as COCO and YOLO, tables, models, consents and requests.',
  transfers: {
    archive: 'The archive is being made: it downloads when it is ready.',
    upload: 'The archive is being sent to the lab.',
    restore: 'The archive is being brought back.'
  },
  restore: 'Restore an archive…',
  restored: (names: string) => `Back again: ${names}`,
  namesTaken: 'These names are taken',
  namesTakenAbout:
    'The lab already has datasets of these names, and keeps them. Give those in the archive other names.',
  newName: (name: string) => `New name of ${name}`,
  nameMissing: 'A name is needed.',
  nameTaken: (name: string) => `There is already a dataset ${name}.`,
  bringBack: 'Bring it back',
  stop: 'Stop',
  record: 'Record of processing (CSV)',

  erase: 'Erase…',
  eraseDataset: 'Erase dataset…',
  eraseSamples: 'Erase images…',
  eraseClass: 'Erase a class…',
  eraseAbout:
    'The key is destroyed first, within a second: from then on nobody can read it. Then the files go, and a search proves that nothing is left.',
  whats,
  eraseWhat: 'What is to go',
  dataset: 'Dataset',
  className: 'Class',
  ids: 'Image ids, e.g. 3, 7-12',
  idsChosen: (n: number) => many(n, 'image chosen', 'images chosen'),
  noIds: 'Type ids, or select images in FiftyOne or open one in the annotator.',
  look: 'See what would go',
  accountAbout: 'All datasets, models, runs, your e-mail address and all that you wrote.',
  emailAbout: 'The address and what waits to be sent to it. Everything else stays.',
  eraseTitles: {
    dataset: (name: string) => `Erase ${name}?`,
    samples: (name: string) => `Erase images of ${name}?`,
    class: (name: string) => `Erase the class ${name}?`,
    email: (_name: string) => 'Erase the e-mail address?',
    account: (_name: string) => 'Erase everything?'
  } satisfies Record<What, (name: string) => string>,
  keep: 'Keep it',
  eraseForGood: 'Erase for good',
  destroys: (size: string) =>
    `This destroys ${size} for good. It cannot be undone, not even by us.`,
  goes: 'What goes',
  modelsSaw: (names: string) => `Models that saw it: ${names}.`,
  whatOfModels: 'What becomes of them',
  modelsDelete: 'Delete these models',
  modelsRetrain: 'Delete them, and train them anew without it',
  retrained: (names: string) => `Trained anew: ${names}.`,
  runsGo: (n: number) => many(n, 'run goes too.', 'runs go too.'),
  stays: 'What stays, and why',
  typeName: (name: string) => `Type ${name} to confirm:`,
  nameOf: 'Name of the dataset',
  erased: 'Erased',
  erasing: 'Erasing',
  unreadable: (time: string, seconds: string) =>
    `Unreadable since ${time} (${seconds} after you confirmed).`,
  stopping: 'Everything that still uses it is being stopped…',
  searching: 'Files are removed, then everything is searched for remains.',
  goesOn: 'You may close this: it goes on, and the certificate waits under Data rights.',
  destroyed: (name: string) => `${name} was destroyed, and a search found nothing of it.`,
  searched: (files: string, size: string) => `${files} files searched (${size}), 0 traces.`,
  control: 'The same search had found it before the erasure.',
  saveCertificate: 'Download certificate',
  act: 'Act of destruction (Russian, order 179)',
  verify: 'To check it without us, also offline:',
  retry: 'Try again',
  past: 'Erasures',
  noPast: 'Nothing was erased yet.',
  certificate: 'Certificate',
  facts: 'Facts',

  correcting: {
    about:
      'The new value takes the place of the former one in every state, in undo and in logs, and a search proves that nothing of the former one is left.',
    what: 'What is wrong',
    kinds: {
      dataset: 'Name of a dataset',
      class: 'Name of a class',
      samples: 'Name of a file',
      text: 'Text in labels',
      email: 'E-mail address'
    },
    id: 'Image id',
    text: 'Wrong text',
    textAbout:
      'A caption, a transcription, the value of an attribute: wherever it stands as a whole word, with these capitals.',
    within: 'In labels of',
    allClasses: 'all classes',
    attribute: 'Only in this attribute (may be empty)',
    to: 'What it is to be',
    answers: (date: string) => `This answers my request of ${date}`,
    look: 'See what would change',
    title: (to: string) => (to ? `Correct to ${to}?` : 'Remove this text?'),
    changes: 'This changes for good, in every state; nobody can take it back.',
    stale: 'This was made before and still has the former value. Make it anew, or remove it:',
    leave: 'Leave it',
    forGood: 'Correct for good',
    done: 'Corrected',
    doing: 'Correcting',
    gone: (time: string, seconds: string) =>
      `The former value is gone since ${time} (${seconds} after you confirmed).`,
    proved: 'A search found nothing of the former value.',
    past: 'Corrections',
    noPast: 'Nothing was corrected yet.'
  },

  freeze: 'Freeze',
  unfreeze: 'Unfreeze',
  freezeAbout:
    'A frozen dataset is kept and used for nothing: not shown, not trained on, not annotated. Only you can take it away or erase it.',
  frozen: 'frozen',
  inUse: 'in use',
  noDatasets: 'There is no dataset.',

  purposes,
  bases: {
    contract: 'contract',
    'legitimate interest': 'legitimate interest',
    consent: 'consent',
    'legal duty': 'legal duty'
  } satisfies Record<IPurpose['basis'], string>,
  on: 'on',
  off: 'off',
  purposesAbout:
    'All that your data is used for. Switch off what you do not want: it ends at once. Nothing here is profiling.',
  allow: (name: string) => `Allow: ${name}`,
  details: 'Why, which data, for how long',
  data: 'Data',
  recipients: 'Who gets it',
  nobody: 'nobody',
  kept: 'Kept',
  source: 'Source',
  noSwitch: 'Always on',
  perDataset: 'For one dataset only',
  agreedOn: (date: string, policy: string) => `Agreed on ${date}, policy ${policy}.`,
  withdrawnOn: (date: string) => `Withdrawn on ${date}.`,
  consents: {
    'never given': 'You never agreed.',
    given: 'You agreed.',
    'needs renewal': 'The policy changed: agree again, or leave it off.',
    expired: 'Your consent has expired.',
    withdrawn: 'You withdrew your consent.'
  } satisfies Record<NonNullable<IPurpose['consent']>, string>,
  agreedText: 'Text agreed to',
  readText: 'Read the text',
  receipt: 'Receipt',
  optOut: 'Do not sell or share my data',
  optedOut: (date: string) => `Opted out on ${date}. Nothing is sold.`,
  notOptedOut: 'Nothing is sold or shared. You may have that confirmed.',

  mailAbout: 'An e-mail address is not needed. Without one, notices appear here only.',
  address: 'E-mail address',
  save: 'Save',
  eraseAddress: 'Erase the address…',
  noServer: 'This lab sends no mail: notices appear here only.',
  letters: 'Letters',
  noLetters: 'No letter was written to you.',
  letterStates: {
    waiting: 'waiting',
    sent: 'sent',
    dropped: 'not sent',
    refused: 'refused'
  } as Record<'waiting' | 'sent' | 'dropped' | 'refused', string>,
  notices: 'Notices',
  noNotices: 'There is no notice.',
  sealedNotice: 'Erased with the account.',

  newRequest: 'New request',
  requestsAbout:
    'Ask in writing, by any law that protects you. Everything runs by the shortest term of all that apply.',
  typeOfRequest: 'What do you ask for?',
  types,
  about: 'It is about',
  targets: { account: 'everything about me', email: 'my e-mail address' },
  law: 'Which law?',
  laws: {
    any: 'all that may apply',
    gdpr: 'EU: GDPR',
    ccpa: 'California: CCPA',
    ru152: 'Russia: 152-FZ',
    cn: 'China: PIPL'
  },
  words: 'In your own words (sealed; you need not give reasons)',
  frozenMeanwhile:
    'The dataset is frozen as soon as you send this, until it is answered (152-FZ Art. 21(1)). You can lift that at any time.',
  freezeMeanwhile: 'Freeze the dataset until this is done',
  send: 'Send the request',
  sent: 'Your request was received: its clocks run.',
  atOnce: 'You can do this yourself, at once',
  noRequests: 'You have not asked for anything yet.',
  states,
  open: (n: number) => many(n, 'open request', 'open requests'),
  received: (date: string) => `Received ${date}`,
  next: 'Next',
  nothingDue: 'nothing is left to do',
  overdue: 'overdue',
  due: (date: string) => `by ${date}`,
  atReceipt: 'at once',
  until: (date: string) => `until ${date}`,
  duties: {
    reply: 'answer',
    'reply+remedies': 'explain any refusal, and where to complain',
    acknowledge: 'confirm the receipt',
    execute: 'do it',
    execute_now: 'erase',
    'execute+notify': 'do it and tell you',
    freeze: 'freeze the data',
    stop: 'stop the processing',
    notify: 'notify',
    delete: 'delete',
    'destroy+act': 'destroy and certify',
    block_then_destroy: 'destroy what was frozen',
    retain: 'keep the record'
  } as Record<string, string>,
  dates: (n: number) => many(n, 'date', 'dates'),
  done: 'done',
  log: 'Log',
  reply: 'Written reply',
  cancel: 'Take it back',
  wrote: 'What you wrote',

  policiesAbout: 'Every version that was ever in force, as it was registered.',
  version: (version: string, since: string) => `Version ${version}, in force since ${since}`,
  decides: (language: string) => `The ${language} text decides`,
  decidesElsewhere: (language: string) =>
    `The ${language} text decides; it is not part of this lab`,
  languages: { en: 'English', ru: 'Russian', zh: 'Chinese' },
  read: 'Read',
  changes: 'What changed',
  noChanges: 'The first version.',
  shownIn: (language: string) => `Shown in ${language}: there is no other text.`,

  controller: 'Answers for your data',
  authoritiesAbout: 'You may complain, whatever we answered. It costs nothing.',

  happenedAbout:
    'Every entry is chained to all before it: nothing can be changed or left out without being seen. It holds no name and no picture.',
  head: (size: number) => `${many(size, 'entry', 'entries')}, fingerprint`,
  headAt: (date: string) => `signed ${date}`
};

export type Words = typeof en;
