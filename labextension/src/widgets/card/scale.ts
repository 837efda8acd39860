/** Axes: round numbers that cover the data. */

export interface IScale {
  min: number;
  max: number;
  ticks: number[];
}

/** About `count` round ticks from min to max; a flat range is widened. */
export function niceScale(min: number, max: number, count = 4): IScale {
  const span = max - min || Math.abs(max) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(m => m * power).find(s => s >= rough) ?? rough;
  const low = Math.floor(min / step) * step;
  const high = Math.max(Math.ceil(max / step) * step, low + step);
  const steps = Math.round((high - low) / step);
  return {
    min: low,
    max: high,
    ticks: Array.from({ length: steps + 1 }, (_, i) => low + i * step)
  };
}

/** A number in at most four characters or so. */
export function brief(value: number): string {
  if (value === 0) {
    return '0';
  }
  const digits =
    Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.01 ? 2 : 4;
  return String(Number(value.toFixed(digits)));
}
