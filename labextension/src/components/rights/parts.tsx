/** Small things that several parts of "Data rights" are made of. */

import * as React from 'react';

import { IDataset, IErasure, Language } from '../../api/types';
import { useWords, Words } from '../../words';
import { Progress } from '../Progress';

interface ISwitchProps {
  label: string;
  on: boolean;
  disabled?: boolean;
  onChange: (on: boolean) => void;
}

export function Switch({ label, on, disabled, onChange }: ISwitchProps): React.ReactElement {
  return (
    <button
      type="button"
      role="switch"
      className="cx-Switch"
      aria-checked={on}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={() => onChange(!on)}
    >
      <span className="cx-Switch-knob" />
    </button>
  );
}

interface IFieldProps {
  label: string;
  children: React.ReactNode;
}

/** A label above the one control it belongs to. */
export function Field({ label, children }: IFieldProps): React.ReactElement {
  return (
    <label className="cx-Field">
      <span className="cx-Field-label">{label}</span>
      {children}
    </label>
  );
}

interface ISelectProps<T extends string> {
  value: T;
  options: [T, string][];
  onChange: (value: T) => void;
  label?: string;
}

export function Select<T extends string>(props: ISelectProps<T>): React.ReactElement {
  return (
    <span className="jp-select-wrapper cx-Select">
      <select
        className="jp-mod-styled"
        aria-label={props.label}
        value={props.value}
        onChange={event => props.onChange(event.target.value as T)}
      >
        {props.options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}

interface INamedProps {
  value: string;
  onChange: (value: string) => void;
}

/** One of the datasets, by its name; the value is its id. */
export function DatasetField(props: INamedProps & { datasets: IDataset[] }): React.ReactElement {
  const w = useWords();
  const options = props.datasets.map(({ id, name }): [string, string] => [id, name]);
  return (
    <Field label={w.dataset}>
      <Select label={w.dataset} value={props.value} options={options} onChange={props.onChange} />
    </Field>
  );
}

export function ClassField(props: INamedProps & { classes: string[] }): React.ReactElement {
  const w = useWords();
  const options = props.classes.map((name): [string, string] => [name, name]);
  return (
    <Field label={w.className}>
      <Select label={w.className} value={props.value} options={options} onChange={props.onChange} />
    </Field>
  );
}

/** What is being done. */
export function doing({ correction }: IErasure, w: Words): string {
  return correction ? w.correcting.doing : w.erasing;
}

interface IChoiceProps<T extends string> {
  /** Of the group, for the browser. */
  name: string;
  legend?: string;
  value: T;
  options: [T, string, string?][];
  /** Side by side, as far as there is room. */
  compact?: boolean;
  children?: React.ReactNode;
  onChange: (value: T) => void;
}

/** One of a few, all of them to be seen: value, title, and what is meant by it. */
export function Choice<T extends string>(props: IChoiceProps<T>): React.ReactElement {
  return (
    <fieldset className={`cx-Types${props.compact ? ' cx-mod-compact' : ''}`}>
      {props.legend && <legend>{props.legend}</legend>}
      {props.options.map(([value, title, about]) => (
        <label key={value}>
          <input
            type="radio"
            name={props.name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
          />
          <span>
            {title}
            {about && <span className="cx-Dim">{about}</span>}
          </span>
        </label>
      ))}
      {props.children}
    </fieldset>
  );
}

interface ISubmitProps {
  label: string;
  danger?: boolean;
  disabled?: boolean;
}

export function Submit({ label, danger, disabled }: ISubmitProps): React.ReactElement {
  return (
    <button
      type="submit"
      className={`cx-Button cx-mod-${danger ? 'danger' : 'accent'}`}
      disabled={disabled}
    >
      {label}
    </button>
  );
}

/** Something is on its way. */
export function Waiting(): React.ReactElement {
  const w = useWords();
  return (
    <div className="cx-Waiting" role="status">
      <span className="cx-Dim">{w.loading}</span>
      <Progress value={null} label={w.loading} />
    </div>
  );
}

const MANY = 12;

/** A field to look for a name, as soon as there are many; and what was found. */
export function useSought<T extends { name: string }>(
  items: T[]
): [React.ReactElement | null, T[]] {
  const w = useWords();
  const [wanted, setWanted] = React.useState('');
  if (items.length <= MANY) {
    return [null, items];
  }
  const found = items.filter(({ name }) => name.toLowerCase().includes(wanted.toLowerCase()));
  return [
    <input
      key="sought"
      type="search"
      className="jp-mod-styled cx-Sought"
      placeholder={w.find}
      aria-label={w.find}
      value={wanted}
      onChange={event => setWanted(event.target.value)}
    />,
    found
  ];
}

export function day(iso: string, language: Language): string {
  const form = { day: 'numeric', month: 'short', year: 'numeric' } as const;
  return new Date(iso).toLocaleDateString(language, form);
}

export function shortDay(iso: string, language: Language): string {
  return new Date(iso).toLocaleDateString(language, { day: 'numeric', month: 'short' });
}

export function clock(iso: string, language: Language): string {
  return new Date(iso).toLocaleTimeString(language);
}
