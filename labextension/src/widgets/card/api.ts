/** Runs as the lab service tells them, named as in `comexp_lab/api`. */

import { IPlace, request } from '../../annotator/http';

export type RunStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'lost';

export interface IRun {
  id: string;
  kind: 'train' | 'predict' | 'evaluate' | 'import' | 'export' | 'archive';
  dataset: string | null;
  status: RunStatus;
  title: string;
  progress: number;
  message: string;
  created: string;
  started: string | null;
  ended: string | null;
  eta_s: number | null;
  params: Record<string, unknown>;
  result: Record<string, unknown> | null;
  problem: { detail?: string } | null;
  model: string | null;
  version: string | null;
  metrics: Record<string, number>[];
  log: string[];
}

export const isOver = (run: IRun): boolean => run.status !== 'queued' && run.status !== 'running';

export function fetchRun(place: IPlace, run: string): Promise<IRun> {
  return request(place, `runs/${encodeURIComponent(run)}`);
}

export function act(place: IPlace, run: string, what: 'cancel' | 'resume'): Promise<unknown> {
  return request(place, `runs/${encodeURIComponent(run)}/${what}`, {});
}

export function modelName(place: IPlace, model: string): Promise<string> {
  return request<{ name: string }>(place, `models/${encodeURIComponent(model)}`).then(m => m.name);
}
