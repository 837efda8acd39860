import * as React from 'react';

import { ICertificate, IErasure, IErasurePlan, IPlanWish } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { bytes, count } from '../format';
import { Progress } from '../Progress';
import { Choice, clock, doing } from './parts';
import { InventoryTable } from './Stored';

interface IPlanProps {
  plan: IErasurePlan;
  /** Plans it again, with another answer for the models. */
  onModels: (models: NonNullable<IPlanWish['models']>) => Promise<IErasurePlan | null>;
  /** Called with what was typed, and the plan that it is for. */
  onTyped: (text: string, plan: IErasurePlan) => void;
}

/** A dry run of a correction: how much changes, what was made before and stays as it is, and the name to type. */
export function CorrectionForm({
  plan,
  onTyped
}: Omit<IPlanProps, 'onModels'>): React.ReactElement {
  const w = useWords();
  const { stale = [] } = plan;
  return (
    <div className="cx-Erasure">
      <p>{w.correcting.changes}</p>
      <InventoryTable rows={plan.rows} />
      {stale.length > 0 && (
        <>
          <p>{w.correcting.stale}</p>
          <ul>
            {stale.map(line => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        </>
      )}
      <Stays lines={plan.stays ?? []} />
      <Typed plan={plan} onChange={text => onTyped(text, plan)} />
    </div>
  );
}

function Stays({ lines }: { lines: string[] }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  return (
    <details>
      <summary>{w.stays}</summary>
      <ul>
        {lines.map(line => (
          <li key={line}>{say(line, language)}</li>
        ))}
      </ul>
    </details>
  );
}

interface ITypedProps {
  plan: IErasurePlan;
  onChange: (text: string) => void;
}

function Typed({ plan, onChange }: ITypedProps): React.ReactElement {
  const w = useWords();
  return (
    <label>
      <span>{w.typeName(plan.confirm_text)}</span>
      <input
        className="jp-mod-styled"
        aria-label={w.nameOf}
        autoComplete="off"
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
    </label>
  );
}

/** A dry run: what would be destroyed, what becomes of the models, what stays and why, and the name to type. */
export function ErasureForm(props: IPlanProps): React.ReactElement {
  const w = useWords();
  const [plan, setPlan] = React.useState(props.plan);
  const [models, setModels] = React.useState<'delete' | 'retrain'>('delete');
  const typed = React.useRef('');
  const planning = React.useRef(false);
  /** Nothing can be confirmed while it is planned again. */
  const tell = (what: IErasurePlan): void =>
    props.onTyped(planning.current ? '' : typed.current, what);
  const choose = async (choice: 'delete' | 'retrain'): Promise<void> => {
    setModels(choice);
    planning.current = true;
    tell(plan);
    const again = await props.onModels(choice);
    planning.current = false;
    setPlan(again ?? plan);
    setModels(again ? choice : models);
    tell(again ?? plan);
  };
  const { retrain = [], stays = [] } = plan;
  const partly = plan.what === 'samples' || plan.what === 'class';
  return (
    <div className="cx-Erasure">
      <p>{w.destroys(bytes(plan.bytes))}</p>
      <InventoryTable rows={plan.rows} />
      {plan.models.length > 0 && <p>{w.modelsSaw(plan.models.join(', '))}</p>}
      {plan.models.length > 0 && partly && (
        <Choice
          name="models"
          legend={w.whatOfModels}
          value={models}
          options={[
            ['delete', w.modelsDelete],
            ['retrain', w.modelsRetrain]
          ]}
          onChange={choice => void choose(choice)}
        >
          {retrain.length > 0 && <p className="cx-Dim">{w.retrained(retrain.join(', '))}</p>}
        </Choice>
      )}
      {plan.runs.length > 0 && <p>{w.runsGo(plan.runs.length)}</p>}
      {stays.length > 0 && <Stays lines={stays} />}
      <Typed
        plan={plan}
        onChange={text => {
          typed.current = text;
          tell(plan);
        }}
      />
    </div>
  );
}

interface IProgressProps {
  name: string;
  erasure: IErasure;
  actUrl: string;
  /** Opens the act; resolves to why it cannot be made, or to nothing. */
  onAct: () => Promise<string>;
  onSave: () => void;
  onRetry: () => void;
}

/** An erasure from the moment nobody can read it any more to its certificate. */
export function ErasureView(props: IProgressProps): React.ReactElement {
  const { name, erasure } = props;
  const w = useWords();
  const language = useLanguage();
  return (
    <div className="cx-Erasure" aria-live="polite">
      {erasure.unreadable ? (
        <p className="cx-Unreadable">
          {erasure.correction
            ? w.correcting.gone(clock(erasure.unreadable, language), seconds(erasure))
            : w.unreadable(clock(erasure.unreadable, language), seconds(erasure))}
        </p>
      ) : (
        <p>{w.stopping}</p>
      )}
      {erasure.certificate ? (
        <CertificateView {...props} certificate={erasure.certificate} />
      ) : erasure.trouble ? (
        <p className="cx-mod-late" role="alert">
          {say(erasure.trouble, language)} <Button label={w.retry} onClick={props.onRetry} />
        </p>
      ) : (
        <>
          <Progress value={null} label={doing(erasure, w)} />
          <p>{say(erasure.message, language) || w.searching}</p>
          <p className="cx-Dim">{w.goesOn}</p>
        </>
      )}
      <span className="cx-Hidden">{name}</span>
    </div>
  );
}

/** The signed proof, in plain words and as facts. */
function CertificateView({
  name,
  erasure,
  certificate,
  actUrl,
  onAct,
  onSave
}: IProgressProps & { certificate: ICertificate }): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  const [refused, setRefused] = React.useState('');
  const openAct = (event: React.MouseEvent): void => {
    event.preventDefault();
    void onAct().then(setRefused);
  };
  const scan = (certificate.body.scan ?? {}) as Record<string, unknown>;
  const facts = Object.entries(certificate.body).filter(([, value]) => typeof value !== 'object');
  return (
    <>
      <p>{erasure.correction ? w.correcting.proved : w.destroyed(name)}</p>
      <p>
        {w.searched(count(Number(scan.files ?? 0)), bytes(Number(scan.bytes ?? 0)))}{' '}
        {scan.control === true && w.control}
      </p>
      <div className="cx-Actions">
        <Button label={w.saveCertificate} accent onClick={onSave} />
        <a
          className="cx-Button"
          href={actUrl}
          target="_blank"
          rel="noreferrer noopener"
          onClick={openAct}
        >
          {w.act}
        </a>
      </div>
      {refused && (
        <p className="cx-mod-late" role="alert">
          {say(refused, language)}
        </p>
      )}
      <p>
        {w.verify} <code>comexp verify certificate.json</code>
      </p>
      <details>
        <summary>{w.facts}</summary>
        <dl className="cx-Facts cx-mod-wide">
          {facts.map(([key, value]) => (
            <React.Fragment key={key}>
              <dt>{key}</dt>
              <dd title={String(value)}>{String(value)}</dd>
            </React.Fragment>
          ))}
          <dt>signature</dt>
          <dd title={certificate.signature}>{certificate.signature}</dd>
        </dl>
      </details>
    </>
  );
}

/** How long it took after the person's word: "0.3 s". */
function seconds(erasure: IErasure): string {
  const took = Date.parse(erasure.unreadable ?? '') - Date.parse(erasure.intended);
  return `${Math.max(took / 1000, 0.01).toFixed(2)} s`;
}
