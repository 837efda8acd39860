import { addIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IDataset, IRequest, Regime, RequestType } from '../../api/types';
import { Section, useLanguage, useWords, Words } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { IRightsActions } from './actions';
import { Clocks, Dates, isOpen } from './Clocks';
import { Choice, day, Field, Select, Submit } from './parts';

interface IProps {
  requests: IRequest[];
  datasets: IDataset[];
  actions: IRightsActions;
}

/** What was asked for, with its clocks; and a form for whatever may be asked. */
export function Requests({ requests, datasets, actions }: IProps): React.ReactElement {
  const w = useWords();
  const [asking, setAsking] = React.useState(false);
  const [sent, setSent] = React.useState(false);
  return (
    <>
      <p>{w.requestsAbout}</p>
      {asking ? (
        <RequestForm
          datasets={datasets}
          actions={actions}
          onDone={made => {
            setAsking(false);
            setSent(made);
          }}
        />
      ) : (
        <div className="cx-Actions">
          <Button icon={addIcon} label={w.newRequest} accent onClick={() => setAsking(true)} />
        </div>
      )}
      {sent && !asking && (
        <p role="status" className="cx-Unreadable">
          {w.sent}
        </p>
      )}
      {requests.length === 0 && <p className="cx-Dim">{w.noRequests}</p>}
      <ul className="cx-List">
        {[...requests.filter(isOpen), ...requests.filter(each => !isOpen(each))].map(request => (
          <RequestRow key={request.id} request={request} datasets={datasets} actions={actions} />
        ))}
      </ul>
    </>
  );
}

/** Where one can do at once what a request asks for. */
const YOURSELF: Partial<Record<RequestType, Section>> = {
  access: 'stored',
  portability: 'stored',
  rectification: 'correct',
  erasure: 'erase',
  restriction: 'freeze',
  objection: 'purposes',
  withdrawal: 'purposes',
  opt_out: 'purposes',
  complaint: 'authorities'
};

const REGIMES: Regime[] = ['gdpr', 'ccpa', 'ru152', 'cn'];

interface IFormProps {
  datasets: IDataset[];
  actions: IRightsActions;
  /** The form is done with; whether a request was made. */
  onDone: (made: boolean) => void;
}

function RequestForm({ datasets, actions, onDone }: IFormProps): React.ReactElement {
  const w = useWords();
  const [type, setType] = React.useState<RequestType>('access');
  const [law, setLaw] = React.useState<'any' | Regime>('any');
  const [text, setText] = React.useState('');
  const [chosen, setChosen] = React.useState('');
  const [still, setStill] = React.useState(false);
  const targets = targetsOf(type, datasets, w);
  const target = targets.some(([value]) => value === chosen) ? chosen : targets[0][0];
  const place = YOURSELF[type];
  const ofDataset = target.startsWith('dataset:');
  const frozen = ofDataset && isFrozenBy(type, law);
  const mayFreeze = ofDataset && !frozen && FREEZABLE.includes(type);
  const send = async (event: React.FormEvent): Promise<void> => {
    event.preventDefault();
    const words: Record<string, string> = text.trim() ? { message: text.trim() } : {};
    const regimes = law === 'any' ? [] : [law];
    const freeze = still && mayFreeze;
    if (await actions.onRequest({ type, target, regimes, words, freeze })) {
      onDone(true);
    }
  };
  return (
    <form className="cx-Form cx-Card" data-cx-form="request" onSubmit={event => void send(event)}>
      <Choice
        name="type"
        legend={w.typeOfRequest}
        value={type}
        options={(Object.keys(w.types) as RequestType[]).map(each => [
          each,
          w.types[each].name,
          w.types[each].about
        ])}
        onChange={setType}
      />
      {place && (
        <button type="button" className="cx-Link" onClick={() => actions.onOpen(place)}>
          {w.atOnce}: {w.sections[place]}
        </button>
      )}
      <div className="cx-Form-pair">
        <Field label={w.about}>
          <Select label={w.about} value={target} options={targets} onChange={setChosen} />
        </Field>
        <Field label={w.law}>
          <Select
            label={w.law}
            value={law}
            options={(['any', ...REGIMES] as const).map(each => [
              each,
              w.laws[each as keyof Words['laws']]
            ])}
            onChange={setLaw}
          />
        </Field>
      </div>
      {frozen && <p className="cx-Dim">{w.frozenMeanwhile}</p>}
      {mayFreeze && (
        <label className="cx-Check">
          <input type="checkbox" checked={still} onChange={() => setStill(!still)} />
          <span>{w.freezeMeanwhile}</span>
        </label>
      )}
      <Field label={w.words}>
        <textarea
          className="jp-mod-styled"
          rows={3}
          maxLength={4000}
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </Field>
      <div className="cx-Actions">
        <Submit label={w.send} />
        <Button label={w.close} onClick={() => onDone(false)} />
      </div>
    </form>
  );
}

/** Asked for, these may have the dataset frozen until they are answered. */
const FREEZABLE: RequestType[] = ['rectification', 'erasure'];

/** Whether the dataset is frozen from the request on, whatever is said: to freeze it; to correct it, by 152-FZ Art. 21(1). */
function isFrozenBy(type: RequestType, law: 'any' | Regime): boolean {
  return type === 'restriction' || (type === 'rectification' && (law === 'any' || law === 'ru152'));
}

const ABOUT_PURPOSE: RequestType[] = ['objection', 'withdrawal'];
const ABOUT_DATASET: RequestType[] = ['rectification', 'erasure', 'restriction'];

function targetsOf(type: RequestType, datasets: IDataset[], w: Words): [string, string][] {
  if (ABOUT_PURPOSE.includes(type)) {
    const entries = Object.entries(w.purposes).filter(
      ([purpose]) => type === 'objection' || purpose === 'marketing'
    );
    return entries.map(([purpose, name]) => [`purpose:${purpose}`, name]);
  }
  const account: [string, string][] = [['account', w.targets.account]];
  if (!ABOUT_DATASET.includes(type)) {
    return account;
  }
  return [
    ...datasets.map(({ id, name }): [string, string] => [`dataset:${id}`, name]),
    ['email', w.targets.email],
    ...account
  ];
}

function nameOf(target: string, datasets: IDataset[], w: Words): string {
  const [kind, id] = target.split(':');
  if (kind === 'dataset') {
    return datasets.find(dataset => dataset.id === id)?.name ?? w.dataset;
  }
  return kind === 'purpose'
    ? (w.purposes[id as keyof Words['purposes']] ?? id)
    : (w.targets[kind as keyof Words['targets']] ?? target);
}

interface IRowProps {
  request: IRequest;
  datasets: IDataset[];
  actions: IRightsActions;
}

function RequestRow({ request, datasets, actions }: IRowProps): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const [reply, setReply] = React.useState<string | null>(null);
  const [wrote, setWrote] = React.useState<string | null>(null);
  React.useEffect(() => setReply(null), [language]);
  const unfold = async (event: React.SyntheticEvent<HTMLDetailsElement>): Promise<void> => {
    if (event.currentTarget.open && wrote === null) {
      const full = await actions.loadRequest(request.id);
      setWrote(Object.values(full?.words ?? {}).join('\n'));
    }
  };
  return (
    <li className="cx-Request cx-Card" data-cx-request={request.id}>
      <div className="cx-Request-head">
        <span className="cx-Request-name">{w.types[request.type].name}</span>
        <span className={`cx-Badge${isOpen(request) ? ' cx-mod-info' : ''}`}>
          {w.states[request.state]}
        </span>
      </div>
      <span className="cx-Dim">
        {nameOf(request.target, datasets, w)}
        {!isOpen(request) && ` · ${w.received(day(request.received, language))}`}
      </span>
      {isOpen(request) && <Clocks request={request} />}
      <details onToggle={event => void unfold(event)}>
        <summary>{w.log}</summary>
        {wrote && (
          <blockquote>
            <span className="cx-Dim">{w.wrote}</span>
            {wrote}
          </blockquote>
        )}
        <ol className="cx-Log-lines">
          {request.log.map((event, index) => (
            <li key={index}>
              <span className="cx-Dim">{day(event.at, language)}</span> {say(event.text, language)}
            </li>
          ))}
        </ol>
        {!isOpen(request) && <Dates request={request} />}
      </details>
      {reply !== null && <pre className="cx-Text">{reply}</pre>}
      <div className="cx-Actions">
        <Button
          label={w.reply}
          onClick={() =>
            reply === null ? void actions.loadReply(request.id).then(setReply) : setReply(null)
          }
        />
        {CANCELLABLE.includes(request.state) && (
          <Button label={w.cancel} onClick={() => actions.onCancel(request.id)} />
        )}
      </div>
    </li>
  );
}

const CANCELLABLE = [
  'received',
  'identity asked',
  'verified',
  'planned',
  'partial',
  'building',
  'ready'
];
