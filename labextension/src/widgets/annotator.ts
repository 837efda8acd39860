/** The annotator in a cell; mirrors `comexp_lab/widgets/annotator.py`. */

import { createAnnotator, findPlace, IAnnotator, IAnnotatorState, IView } from '../annotator';
import { IModel, sync } from './anyWidget';

interface ITraits {
  dataset: string;
  view: IView;
  current: number | null;
  selected: number[];
  saved_revision: number | null;
  unsaved: number;
}

function render({ model, el }: { model: IModel<ITraits>; el: HTMLElement }): () => void {
  const annotator: IAnnotator = createAnnotator(el, {
    ...findPlace(),
    dataset: model.get('dataset'),
    view: model.get('view'),
    start: model.get('current'),
    onState: (state: IAnnotatorState) =>
      sync(model, {
        current: state.current ?? model.get('current'),
        selected: state.selected,
        saved_revision: state.savedRevision ?? model.get('saved_revision'),
        unsaved: state.unsaved
      })
  });
  const follow = (): void => {
    const wanted = model.get('current');
    if (wanted !== null) {
      void annotator.goTo(wanted);
    }
  };
  model.on('change:current', follow);
  return () => {
    model.off('change:current', follow);
    annotator.dispose();
  };
}

export default { render };
