/** Small things that several parts of "Data rights" are made of. */

import * as React from 'react';

import { Language } from '../../api/types';

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
