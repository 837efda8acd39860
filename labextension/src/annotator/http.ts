/** The one place that talks to the lab service from a browser, through Jupyter's own origin. */

/** Where the lab service is reached, and how a request proves that it comes from this page. */
export interface IPlace {
  /** Jupyter's base URL with a trailing slash, e.g. `/user/ada/`. */
  baseUrl: string;
  getXsrf: () => string;
}

/** The service understood and refused, or could not answer (status 0: nobody answered). */
export class HttpError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly type: string
  ) {
    super(message);
  }

  /** Whether sending the same request again cannot help. */
  get final(): boolean {
    const passing = [401, 408, 425, 429].includes(this.status);
    const ours = this.type.startsWith('urn:comexp:');
    return ours && this.status >= 400 && this.status < 500 && !passing;
  }
}

const TIMEOUT_MS = 15000;
/** Browsers let a request outlive its page only up to 64 KiB. */
const KEEPALIVE_BYTES = 60000;

export function apiUrl(place: IPlace, path: string): string {
  return `${place.baseUrl}comexp/api/${path}`;
}

/** Sends JSON and reads JSON. Throws HttpError with one sentence for people. */
export async function request<T>(
  place: IPlace,
  path: string,
  body?: unknown,
  method = body === undefined ? 'GET' : 'POST'
): Promise<T> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  try {
    const init = prepare(place, method, body, abort.signal);
    const response = await fetch(apiUrl(place, path), init);
    const data: unknown = await response.json().catch(() => null);
    if (!response.ok) {
      throw problem(response, data);
    }
    return data as T;
  } catch (error) {
    throw error instanceof HttpError ? error : silence(abort.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

function prepare(place: IPlace, method: string, body: unknown, signal: AbortSignal): RequestInit {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') {
    headers['Content-Type'] = 'application/json';
    headers['X-XSRFToken'] = place.getXsrf();
  }
  return {
    method,
    headers,
    body: text,
    signal,
    credentials: 'same-origin',
    keepalive: method !== 'GET' && (text?.length ?? 0) < KEEPALIVE_BYTES
  };
}

function problem(response: Response, data: unknown): HttpError {
  const facts = (data ?? {}) as Record<string, unknown>;
  const said = facts.detail ?? facts.message ?? response.statusText;
  const sentence =
    response.status === 401
      ? 'Jupyter asks you to sign in again: open it in another tab.'
      : String(said || `The server answered ${response.status}.`);
  return new HttpError(sentence, response.status, String(facts.type ?? ''));
}

function silence(slow: boolean): HttpError {
  const sentence = slow
    ? 'The lab service did not answer in time.'
    : 'The Jupyter server cannot be reached.';
  return new HttpError(sentence, 0, '');
}
