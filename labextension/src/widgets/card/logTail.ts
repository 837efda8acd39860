/** The end of the run's log, folded away until somebody asks; it follows the newest line unless one scrolled up. */

import { h } from '../../annotator/parts/dom';
import { IRun } from './api';
import { IPart } from './part';

export function logTail(): IPart {
  const lines = h('pre', { tabindex: '0', 'aria-label': 'Log' });
  const element = h('details', { class: 'log' }, h('summary', {}, 'Log'), lines);
  let last = '';
  const update = (run: IRun): void => {
    const text = run.log.join('\n');
    element.hidden = text === '';
    if (text !== last) {
      const following = lines.scrollTop + lines.clientHeight >= lines.scrollHeight - 8;
      last = lines.textContent = text;
      if (following) {
        lines.scrollTop = lines.scrollHeight;
      }
    }
  };
  element.addEventListener('toggle', () => (lines.scrollTop = lines.scrollHeight));
  return { element, update };
}
