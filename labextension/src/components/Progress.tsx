import * as React from 'react';

interface IProps {
  /** Between 0 and 1; null while nobody can tell. */
  value: number | null;
  label: string;
}

export function Progress({ value, label }: IProps): React.ReactElement {
  const percent = value === null ? undefined : Math.round(value * 100);
  return (
    <div
      className={`cx-Progress${value === null ? ' cx-mod-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div className="cx-Progress-bar" style={{ width: `${percent ?? 30}%` }} />
    </div>
  );
}
