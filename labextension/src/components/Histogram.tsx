import * as React from 'react';

import { count } from './format';

interface IProps {
  title: string;
  values: Record<string, number>;
  /** How many bars at most; the rest is summed up. */
  limit?: number;
  restLabel: (classes: number) => string;
}

/** Bars with name and count, the longest first; a table for screen readers. */
export function Histogram({
  title,
  values,
  limit = 8,
  restLabel
}: IProps): React.ReactElement | null {
  const rows = Object.entries(values).sort((a, b) => b[1] - a[1]);
  if (rows.length === 0) {
    return null;
  }
  const rest = rows.slice(limit);
  const most = Math.max(...rows.map(row => row[1]), 1);
  return (
    <table className="cx-Histogram" aria-label={title}>
      <tbody>
        {rows.slice(0, limit).map(([name, value]) => (
          <tr key={name}>
            <th scope="row" title={name}>
              {name}
            </th>
            <td className="cx-Histogram-bars" aria-hidden="true">
              <div className="cx-Histogram-bar" style={{ width: `${(100 * value) / most}%` }} />
            </td>
            <td className="cx-Histogram-count">{count(value)}</td>
          </tr>
        ))}
        {rest.length > 0 && (
          <tr className="cx-mod-rest">
            <th scope="row" colSpan={2}>
              {restLabel(rest.length)}
            </th>
            <td className="cx-Histogram-count">
              {count(rest.reduce((sum, row) => sum + row[1], 0))}
            </td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
