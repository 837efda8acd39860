/** Undo and redo over all images: each step knows its image and the operations that take it back. */

import { Op } from './ops';

export interface IStep {
  sample: number;
  ops: Op[];
}

const LIMIT = 500;

export class History {
  get canUndo(): boolean {
    return this._past.length > 0;
  }

  get canRedo(): boolean {
    return this._future.length > 0;
  }

  /** Remembers how to take back what was just done; what had been undone can no longer be redone. */
  push(step: IStep): void {
    this._past.push(step);
    this._past.splice(0, this._past.length - LIMIT);
    this._future.length = 0;
  }

  /** Takes the newest step back: `run` applies it and returns its inverse. */
  undo(run: (step: IStep) => Op[]): void {
    History._shift(this._past, this._future, run);
  }

  redo(run: (step: IStep) => Op[]): void {
    History._shift(this._future, this._past, run);
  }

  /** Drops the steps of labels that turned out differently: taking them back would overwrite what others did. */
  forget(keys: ReadonlySet<string>): void {
    for (const steps of [this._past, this._future]) {
      const kept = steps.filter(step => !step.ops.some(op => keys.has(op.key)));
      steps.splice(0, steps.length, ...kept);
    }
  }

  peek(way: 'undo' | 'redo'): IStep | undefined {
    const steps = way === 'undo' ? this._past : this._future;
    return steps[steps.length - 1];
  }

  private static _shift(from: IStep[], to: IStep[], run: (step: IStep) => Op[]): void {
    const step = from.pop();
    if (step) {
      to.push({ sample: step.sample, ops: run(step) });
    }
  }

  private readonly _past: IStep[] = [];
  private readonly _future: IStep[] = [];
}
