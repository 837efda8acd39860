/** The card of a run in a cell; mirrors `comexp_lab/widgets/run.py`. */

import { findPlace } from '../annotator';
import { IModel, sync } from './anyWidget';
import { createRunCard } from './card';

interface ITraits {
  run: string;
  status: string;
  progress: number;
}

function render({ model, el }: { model: IModel<ITraits>; el: HTMLElement }): () => void {
  const card = createRunCard(el, {
    ...findPlace(),
    run: model.get('run'),
    onState: run => sync(model, { status: run.status, progress: run.progress })
  });
  return () => card.dispose();
}

export default { render };
