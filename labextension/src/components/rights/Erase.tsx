import * as React from 'react';

import { IDataset, IErasure, IPlanWish } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { say } from '../../words/sentences';
import { Button } from '../Button';
import { Progress } from '../Progress';
import { IRightsActions } from './actions';
import { parseIds } from './ids';
import { Choice, ClassField, clock, DatasetField, day, doing, Field, Submit } from './parts';

type What = IErasure['what'];

interface IProps {
  datasets: IDataset[];
  erasures: IErasure[];
  names: Record<string, string>;
  actions: IRightsActions;
}

/** What is to go; nothing is touched before the plan was seen and the name typed. Below it, what has gone. */
export function Erase({ datasets, erasures, names, actions }: IProps): React.ReactElement {
  const w = useWords();
  const [what, setWhat] = React.useState<What>('dataset');
  const [chosen, setChosen] = React.useState('');
  const [className, setClassName] = React.useState('');
  const [ids, setIds] = React.useState('');
  const dataset = datasets.find(each => each.id === chosen) ?? datasets[0];
  const classes = dataset?.classes ?? [];
  const of = classes.includes(className) ? className : (classes[0] ?? '');
  const samples = parseIds(ids);
  const inside = what === 'dataset' || what === 'samples' || what === 'class';
  const wish: IPlanWish = {
    what,
    ...(inside && { dataset: dataset?.id }),
    ...(what === 'samples' && { samples }),
    ...(what === 'class' && { class_name: of })
  };
  const ready =
    !inside || (dataset && (what !== 'samples' || samples.length > 0) && (what !== 'class' || of));
  const fill = async (): Promise<void> => {
    if (what === 'samples' && dataset && !ids) {
      setIds((await actions.selected(dataset.id)).join(', '));
    }
  };
  React.useEffect(() => void fill(), [what, dataset?.id]);
  return (
    <>
      <p>{w.eraseAbout}</p>
      <form
        data-cx-form="erase"
        className="cx-Form cx-Card"
        onSubmit={event => {
          event.preventDefault();
          actions.onErase(wish);
        }}
      >
        <Choice
          name="what"
          legend={w.eraseWhat}
          compact
          value={what}
          options={Object.entries(w.whats) as [What, string][]}
          onChange={setWhat}
        />
        {inside &&
          (dataset ? (
            <DatasetField datasets={datasets} value={dataset.id} onChange={setChosen} />
          ) : (
            <p className="cx-Dim">{w.noDatasets}</p>
          ))}
        {what === 'class' && dataset && (
          <ClassField classes={classes} value={of} onChange={setClassName} />
        )}
        {what === 'samples' && dataset && (
          <Field label={w.ids}>
            <input
              className="jp-mod-styled"
              value={ids}
              spellCheck={false}
              onChange={event => setIds(event.target.value)}
            />
            <span className="cx-Dim">
              {samples.length > 0 ? w.idsChosen(samples.length) : w.noIds}
            </span>
          </Field>
        )}
        {what === 'email' && <p className="cx-Dim">{w.emailAbout}</p>}
        {what === 'account' && <p className="cx-Dim">{w.accountAbout}</p>}
        <div className="cx-Actions">
          <Submit label={w.look} danger disabled={!ready} />
        </div>
      </form>
      <h3>{w.past}</h3>
      <ErasureList
        erasures={erasures.filter(each => !each.correction)}
        none={w.noPast}
        names={names}
        actions={actions}
      />
    </>
  );
}

interface IListProps {
  erasures: IErasure[];
  /** Said if there are none. */
  none: string;
  names: Record<string, string>;
  actions: IRightsActions;
}

/** What was erased or corrected, newest first, with its certificates. */
export function ErasureList({ erasures, none, names, actions }: IListProps): React.ReactElement {
  return (
    <>
      {erasures.length === 0 && <p className="cx-Dim">{none}</p>}
      <ul className="cx-List cx-Rows">
        {erasures.map(erasure => (
          <ErasureRow
            key={erasure.id}
            erasure={erasure}
            name={names[erasure.id]}
            actions={actions}
          />
        ))}
      </ul>
    </>
  );
}

interface IRowProps {
  erasure: IErasure;
  name: string | undefined;
  actions: IRightsActions;
}

function ErasureRow({ erasure, name, actions }: IRowProps): React.ReactElement {
  const w = useWords();
  const language = useLanguage();
  return (
    <li>
      <span className="cx-Rows-main">
        {w.whats[erasure.what]}
        {name && `: ${name}`}
        <span className="cx-Dim">
          {day(erasure.intended, language)}, {clock(erasure.intended, language)}
        </span>
        {!erasure.certificate &&
          (erasure.trouble ? (
            <span className="cx-mod-late" role="alert">
              {say(erasure.trouble, language)}
            </span>
          ) : (
            <Progress value={null} label={say(erasure.message, language) || doing(erasure, w)} />
          ))}
      </span>
      {erasure.trouble && <Button label={w.retry} onClick={() => actions.onRetry(erasure)} />}
      <Button
        label={erasure.certificate ? w.certificate : w.facts}
        onClick={() => actions.onCertificate(erasure)}
      />
    </li>
  );
}
