import * as React from 'react';

interface IProps {
  /** One row per epoch. */
  rows: Record<string, number>[];
  /** Which columns to draw, in the order of their colours. */
  columns: string[];
  title: string;
}

const WIDTH = 220;
const HEIGHT = 64;

/** Small curves over the epochs, each scaled to its own range, with the last value of each. */
export function Curves({ rows, columns, title }: IProps): React.ReactElement | null {
  const drawn = columns.filter(column => rows.some(row => Number.isFinite(row[column])));
  if (rows.length < 2 || drawn.length === 0) {
    return null;
  }
  return (
    <figure className="cx-Curves">
      <svg
        viewBox={`0 -2 ${WIDTH} ${HEIGHT + 4}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={title}
      >
        {drawn.map((column, index) => (
          <polyline key={column} className={`cx-mod-color${index}`} points={points(rows, column)} />
        ))}
      </svg>
      <figcaption>
        {drawn.map((column, index) => (
          <span key={column} className={`cx-Curves-key cx-mod-color${index}`}>
            {column} {rows[rows.length - 1][column]?.toPrecision(3)}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** Screen points of a column; y grows downwards. */
function points(rows: Record<string, number>[], column: string): string {
  const values = rows.map(row => row[column]);
  const known = values.filter(Number.isFinite);
  const low = Math.min(...known);
  const span = Math.max(...known) - low || 1;
  return values
    .map((value, index) => [
      (index / (rows.length - 1)) * WIDTH,
      HEIGHT - ((value - low) / span) * HEIGHT
    ])
    .filter(([, y]) => Number.isFinite(y))
    .map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`)
    .join(' ');
}

/** The columns that tell most: mean precision and the training losses. */
export function tellingColumns(rows: Record<string, number>[]): string[] {
  const names = Object.keys(rows[rows.length - 1] ?? {}).filter(name => name !== 'epoch');
  const precise = names.filter(name => /map50/i.test(name));
  const losses = names.filter(name => /loss/i.test(name) && !/val/i.test(name));
  return [...precise, ...losses].slice(0, 4);
}
