import * as React from 'react';

import { IDataset, IErasure, IPlanWish, IRequest } from '../../api/types';
import { useLanguage, useWords } from '../../words';
import { IRightsActions } from './actions';
import { isOpen } from './Clocks';
import { ErasureList } from './Erase';
import { parseIds } from './ids';
import { Choice, ClassField, DatasetField, day, Field, Select, Submit } from './parts';

export type Wrong = 'dataset' | 'class' | 'samples' | 'text' | 'email';

interface IProps {
  datasets: IDataset[];
  requests: IRequest[];
  erasures: IErasure[];
  names: Record<string, string>;
  actions: IRightsActions;
}

/** What is wrong and what it is to be; nothing changes before that was seen and confirmed. Below it, what was corrected. */
export function Correct(props: IProps): React.ReactElement {
  const { datasets, requests, names, actions } = props;
  const w = useWords();
  const language = useLanguage();
  const [wrong, setWrong] = React.useState<Wrong>('dataset');
  const [chosen, setChosen] = React.useState('');
  const [className, setClassName] = React.useState('');
  const [ids, setIds] = React.useState('');
  const [text, setText] = React.useState('');
  const [attribute, setAttribute] = React.useState('');
  const [to, setTo] = React.useState('');
  const [answers, setAnswers] = React.useState(true);
  const dataset = datasets.find(each => each.id === chosen) ?? datasets[0];
  const classes = dataset?.classes ?? [];
  const within = classes.includes(className) ? className : '';
  const of = within || (classes[0] ?? '');
  const sample = parseIds(ids).slice(0, 1);
  const about = wrong === 'email' ? 'email' : `dataset:${dataset?.id}`;
  const asked = requests.find(
    each => each.type === 'rectification' && each.target === about && isOpen(each)
  );
  const wish: IPlanWish = {
    ...wishes[wrong]({ dataset: dataset?.id, of, within, sample, text, attribute }),
    to: to.trim(),
    request: answers ? asked?.id : undefined
  };
  const ready =
    (wrong === 'email' || dataset) &&
    (wrong !== 'class' || of) &&
    (wrong !== 'samples' || sample.length > 0) &&
    (wrong === 'text' ? text.trim() : to.trim());
  const fill = async (): Promise<void> => {
    if (wrong === 'samples' && dataset && !ids) {
      setIds((await actions.selected(dataset.id)).slice(0, 1).join());
    }
  };
  React.useEffect(() => void fill(), [wrong, dataset?.id]);
  return (
    <>
      <p>{w.correcting.about}</p>
      <form
        data-cx-form="correct"
        className="cx-Form cx-Card"
        onSubmit={event => {
          event.preventDefault();
          actions.onErase(wish);
        }}
      >
        <Choice
          name="wrong"
          legend={w.correcting.what}
          compact
          value={wrong}
          options={Object.entries(w.correcting.kinds) as [Wrong, string][]}
          onChange={setWrong}
        />
        {wrong !== 'email' && !dataset && <p className="cx-Dim">{w.noDatasets}</p>}
        {wrong !== 'email' && dataset && (
          <DatasetField datasets={datasets} value={dataset.id} onChange={setChosen} />
        )}
        {wrong === 'class' && <ClassField classes={classes} value={of} onChange={setClassName} />}
        {wrong === 'samples' && <Text label={w.correcting.id} value={ids} onChange={setIds} />}
        {wrong === 'text' && (
          <>
            <Text label={w.correcting.text} value={text} onChange={setText}>
              <span className="cx-Dim">{w.correcting.textAbout}</span>
            </Text>
            <div className="cx-Form-pair">
              <Field label={w.correcting.within}>
                <Select
                  label={w.correcting.within}
                  value={within}
                  options={[['', w.correcting.allClasses], ...classes.map(twice)]}
                  onChange={setClassName}
                />
              </Field>
              <Text label={w.correcting.attribute} value={attribute} onChange={setAttribute} />
            </div>
          </>
        )}
        <Text
          label={w.correcting.to}
          type={wrong === 'email' ? 'email' : 'text'}
          value={to}
          onChange={setTo}
        />
        {asked && (
          <label className="cx-Check">
            <input
              type="checkbox"
              checked={answers}
              onChange={event => setAnswers(event.target.checked)}
            />
            {w.correcting.answers(day(asked.received, language))}
          </label>
        )}
        <div className="cx-Actions">
          <Submit label={w.correcting.look} disabled={!ready} />
        </div>
      </form>
      <h3>{w.correcting.past}</h3>
      <ErasureList
        erasures={props.erasures.filter(each => each.correction)}
        none={w.correcting.noPast}
        names={names}
        actions={actions}
      />
    </>
  );
}

interface IMeant {
  dataset: string | undefined;
  of: string;
  within: string;
  sample: number[];
  text: string;
  attribute: string;
}

const wishes: Record<Wrong, (meant: IMeant) => IPlanWish> = {
  dataset: ({ dataset }) => ({ what: 'dataset', dataset }),
  class: ({ dataset, of }) => ({ what: 'class', dataset, class_name: of }),
  samples: ({ dataset, sample }) => ({ what: 'samples', dataset, samples: sample }),
  text: ({ dataset, within, text, attribute }) => ({
    what: within ? 'class' : 'dataset',
    dataset,
    class_name: within || undefined,
    text: text.trim(),
    attribute: attribute.trim() || undefined
  }),
  email: () => ({ what: 'email' })
};

function twice(name: string): [string, string] {
  return [name, name];
}

interface ITextProps {
  label: string;
  type?: 'text' | 'email';
  value: string;
  children?: React.ReactNode;
  onChange: (value: string) => void;
}

function Text({ label, type, value, children, onChange }: ITextProps): React.ReactElement {
  return (
    <Field label={label}>
      <input
        className="jp-mod-styled"
        type={type ?? 'text'}
        value={value}
        autoComplete="off"
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      {children}
    </Field>
  );
}
