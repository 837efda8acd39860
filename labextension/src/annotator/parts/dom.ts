/** Builds elements. Text only ever becomes text: nothing here can turn a label's name into markup. */

type Child = Node | string | null | false;

export interface IProps {
  class?: string;
  title?: string;
  on?: { [K in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[K]) => void };
  /** Attributes by name; false or null: not set. */
  [attribute: string]: unknown;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: IProps = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name === 'on') {
      listen(element, value as Record<string, EventListener>);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)));
  return element;
}

function listen(element: HTMLElement, listeners: Record<string, EventListener>): void {
  for (const [type, listener] of Object.entries(listeners)) {
    element.addEventListener(type, listener);
  }
}

/** Calls `update` now and whenever one of the topics is announced; returns the undo. */
export function follow<T extends string>(
  signal: { connect(listener: (topic: T) => void): () => void },
  topics: readonly T[],
  update: () => void
): () => void {
  update();
  return signal.connect(topic => {
    if (topics.includes(topic)) {
      update();
    }
  });
}
