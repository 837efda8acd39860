/** The FiftyOne App in a cell; mirrors `comexp_lab/widgets/browser.py`. */

import { findPlace } from '../annotator';
import { IModel, sync } from './anyWidget';
import { createBrowser, IBrowse } from './browse';

interface ITraits {
  browse: string;
  selected: number[];
  view: number[] | null;
  status: string;
}

function render({ model, el }: { model: IModel<ITraits>; el: HTMLElement }): () => void {
  const frame = createBrowser(el, {
    ...findPlace(),
    browse: model.get('browse'),
    onState: (browse: IBrowse) =>
      sync(model, { selected: browse.selected, view: browse.view, status: browse.status })
  });
  return () => frame.dispose();
}

export default { render };
