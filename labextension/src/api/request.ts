/**
 * The one place that sends requests of the sidebar. Jupyter's XSRF token goes to our own origin only, every request has
 * a time-out, and every refusal becomes an Error whose message is one line for a person.
 */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';

const TIMEOUT_MS = 60_000;

/** The service said no, or nobody answered (status 0). `message` is the whole story in one line. */
export class LabError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly type: string
  ) {
    super(message);
    this.name = 'LabError';
  }
}

/** Where the lab service is, seen from this page. */
export function apiUrl(settings: ServerConnection.ISettings, path: string): string {
  return URLExt.join(settings.baseUrl, 'comexp/api') + '/' + path;
}

/** Sends JSON (or nothing) and reads JSON (or nothing, for 204). */
export async function request<T>(
  settings: ServerConnection.ISettings,
  path: string,
  method = 'GET',
  body?: unknown
): Promise<T> {
  return parsed(await requestText(settings, path, method, body)) as T;
}

/** Sends JSON (or nothing) and reads the answer as it is. */
export async function requestText(
  settings: ServerConnection.ISettings,
  path: string,
  method = 'GET',
  body?: unknown
): Promise<string> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  const init: RequestInit = {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: abort.signal
  };
  try {
    // makeRequest adds the XSRF token and refuses addresses outside of baseUrl
    const response = await ServerConnection.makeRequest(apiUrl(settings, path), init, settings);
    const text = await response.text();
    if (!response.ok) {
      throw problem(response.status, parsed(text));
    }
    return text;
  } catch (error) {
    throw error instanceof LabError ? error : unreachable(abort.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** The error that a problem document describes. */
export function problem(status: number, data: unknown): LabError {
  const facts = (data ?? {}) as Record<string, unknown>;
  const line = facts.detail ?? facts.message ?? `The server answered ${status}.`;
  return new LabError(String(line), status, String(facts.type ?? ''));
}

/** Headers that prove to Jupyter that a request comes from this page, for those who cannot use `request`. */
export function proofHeaders(settings: ServerConnection.ISettings): Record<string, string> {
  const pair = document.cookie.split('; ').find(entry => entry.startsWith('_xsrf='));
  const headers: Record<string, string> = {};
  if (pair) {
    headers['X-XSRFToken'] = decodeURIComponent(pair.slice('_xsrf='.length));
  }
  if (settings.token) {
    headers['Authorization'] = `token ${settings.token}`;
  }
  return headers;
}

function parsed(text: string): unknown {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
}

function unreachable(slow: boolean): LabError {
  const line = slow
    ? 'The lab service did not answer in time: try again.'
    : 'The Jupyter server cannot be reached: check that it still runs.';
  return new LabError(line, 0, '');
}
