/**
 * Pictures, decoded off the main thread. Each is kept in halved copies as well, so that drawing it small is quick and
 * free of shimmer; only the image in view and its neighbours stay in memory.
 */

export interface IPicture {
  width: number;
  height: number;
  /** The picture at full size, half, a quarter, … */
  levels: ImageBitmap[];
}

const KEEP = 4;
const LEAST_SIDE = 512;

export class Pixels {
  constructor(private readonly _url: (sample: number) => string) {}

  /** The decoded picture; rejects with one sentence if it cannot be had. */
  get(sample: number): Promise<IPicture> {
    const found = this._cache.get(sample) ?? this._load(sample);
    this._cache.delete(sample);
    this._cache.set(sample, found);
    this._trim();
    return found;
  }

  /** Loads a picture that will probably be wanted next. */
  prefetch(sample: number): void {
    if (!this._cache.has(sample)) {
      this.get(sample).catch(() => undefined);
    }
  }

  dispose(): void {
    [...this._cache.keys()].forEach(sample => this._drop(sample));
  }

  private _load(sample: number): Promise<IPicture> {
    const loading = load(this._url(sample));
    loading.catch(() => this._cache.delete(sample));
    return loading;
  }

  private _trim(): void {
    for (const sample of this._cache.keys()) {
      if (this._cache.size <= KEEP) {
        return;
      }
      this._drop(sample);
    }
  }

  private _drop(sample: number): void {
    const old = this._cache.get(sample);
    this._cache.delete(sample);
    old?.then(
      picture => picture.levels.forEach(level => level.close()),
      () => undefined
    );
  }

  private readonly _cache = new Map<number, Promise<IPicture>>();
}

async function load(url: string): Promise<IPicture> {
  const response = await fetch(url, { credentials: 'same-origin' });
  if (!response.ok) {
    const problem = (await response.json().catch(() => null)) as {
      detail?: string;
    } | null;
    throw new Error(problem?.detail ?? 'The picture could not be loaded.');
  }
  const full = await createImageBitmap(await response.blob()).catch(() => {
    throw new Error('This browser cannot decode the picture.');
  });
  const levels = [full];
  let { width, height } = full;
  while (Math.min(width, height) > 2 * LEAST_SIDE) {
    width = Math.ceil(width / 2);
    height = Math.ceil(height / 2);
    levels.push(
      await createImageBitmap(levels[levels.length - 1], {
        resizeWidth: width,
        resizeHeight: height,
        resizeQuality: 'medium'
      })
    );
  }
  return { width: full.width, height: full.height, levels };
}

/** The smallest level that is still at least as large as `scale` times the full picture. */
export function levelFor(picture: IPicture, scale: number): ImageBitmap {
  const index = Math.floor(Math.log2(1 / Math.max(scale, 1e-6)));
  const last = picture.levels.length - 1;
  return picture.levels[Math.min(Math.max(index, 0), last)];
}
