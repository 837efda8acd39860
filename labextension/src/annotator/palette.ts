/** Class colours that stay apart for colour-blind eyes and on photographs. */

/** Okabe and Ito's set without black, brightened where it must show on dark pictures. */
const BASE = [
  '#E69F00',
  '#56B4E9',
  '#00B386',
  '#F0E442',
  '#3D8BFD',
  '#E8590C',
  '#CC79A7',
  '#9CCC65',
  '#B39DDB',
  '#4DD0E1'
];

export function classColor(index: number): string {
  if (index < BASE.length) {
    return BASE[index];
  }
  const hue = (index * 137.508) % 360;
  const light = [62, 72, 54][index % 3];
  return hslToHex(hue, 70, light);
}

function hslToHex(h: number, s: number, l: number): string {
  const a = (s / 100) * Math.min(l / 100, 1 - l / 100);
  const channel = (n: number): string => {
    const k = (n + h / 30) % 12;
    const value = l / 100 - a * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`.toUpperCase();
}

/** Black or white, whichever reads better on the colour. */
export function inkOn(color: string): string {
  const [r, g, b] = [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16));
  return 0.299 * r + 0.587 * g + 0.114 * b > 140 ? '#101418' : '#FFFFFF';
}

/** The colour if it is a plain #RRGGBB, else one of ours: a colour from outside never reaches the style unseen. */
export function safeColor(color: string | undefined, index: number): string {
  return color && /^#[0-9a-f]{6}$/i.test(color) ? color : classColor(index);
}
