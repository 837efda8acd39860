/** Thumbnails of the view; only those in sight exist, so a hundred thousand cost what twenty do. */

import { Session } from '../session';
import { follow, h } from './dom';

const STEP = 68;
const SPARE = 4;

export function filmstrip(session: Session): { element: HTMLElement; dispose: () => void } {
  const track = h('div', { class: 'track', role: 'list' });
  const element = h(
    'nav',
    { class: 'film', 'aria-label': 'Images', tabindex: '-1', on: { scroll: () => draw() } },
    track
  );
  const frames = new Map<number, HTMLButtonElement>();

  const draw = (): void => {
    const count = session.list.ids.length;
    const first = Math.max(0, Math.floor(element.scrollLeft / STEP) - SPARE);
    const width = element.clientWidth || 800;
    const last = Math.min(count, Math.ceil((element.scrollLeft + width) / STEP) + SPARE);
    track.style.width = `${count * STEP}px`;
    for (const [index, frame] of frames) {
      if (index < first || index >= last) {
        frame.remove();
        frames.delete(index);
      }
    }
    for (let index = first; index < last; index++) {
      const frame = frames.get(index) ?? thumbnail(session, index);
      if (!frames.has(index)) {
        frames.set(index, frame);
        track.append(frame);
      }
      describe(session, index, frame);
    }
  };
  const reveal = (): void => {
    const left = session.index * STEP;
    const hidden =
      left < element.scrollLeft + STEP ||
      left + 2 * STEP > element.scrollLeft + element.clientWidth;
    if (hidden) {
      element.scrollLeft = left - element.clientWidth / 2 + STEP / 2;
    }
    draw();
  };
  const observer = new ResizeObserver(draw);
  observer.observe(element);
  const redescribe = (): void => frames.forEach((frame, index) => describe(session, index, frame));
  const stops = [
    follow(session.changed, ['list'], draw),
    follow(session.changed, ['labels'], redescribe), // never measures: that would lay out the page within an edit
    follow(session.changed, ['sample'], reveal)
  ];
  return {
    element,
    dispose: () => {
      observer.disconnect();
      stops.forEach(stop => stop());
    }
  };
}

function thumbnail(session: Session, index: number): HTMLButtonElement {
  const image = h('img', {
    src: session.api.thumbnailUrl(session.list.ids[index]),
    alt: '',
    draggable: 'false',
    on: { error: () => image.remove() }
  });
  const frame = h(
    'button',
    {
      type: 'button',
      class: 'frame',
      tabindex: '-1',
      on: { click: () => void session.goTo(index) }
    },
    image
  );
  frame.style.left = `${index * STEP}px`;
  return frame;
}

function describe(session: Session, index: number, frame: HTMLButtonElement): void {
  const sample = session.list.peek(index);
  const known = session.labelsOf(session.list.ids[index]);
  const labels = known.size > 0 ? [...known.values()] : (sample?.labels ?? []);
  const done = labels.filter(l => l.state === 'accepted').length;
  const open = labels.filter(l => l.state === 'suggested').length;
  const state = open > 0 ? 'suggested' : done > 0 ? 'labelled' : 'empty';
  frame.dataset.state = sample ? state : 'unknown';
  frame.setAttribute('aria-current', String(index === session.index));
  frame.title = sample
    ? `${index + 1}: ${sample.name}, ${done} labels${open ? `, ${open} suggestions` : ''}`
    : String(index + 1);
  frame.setAttribute('aria-label', frame.title);
}
