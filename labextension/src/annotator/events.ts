/**
 * What the lab service announces. A page opens one stream however many widgets listen: browsers allow only six
 * connections to a host.
 */

import { apiUrl, IPlace } from './http';

export interface IEvent {
  id: number;
  type: 'dataset' | 'run' | 'browse' | 'upload' | 'notice' | 'rights';
  dataset: string | null;
  run: string | null;
  data: Record<string, unknown>;
}

type Listener = (event: IEvent | 'resync') => void;

interface IStream {
  source: EventSource;
  listeners: Set<Listener>;
}

const shared = globalThis as unknown as {
  comexpLabStreams?: Map<string, IStream>;
};

/** Calls `listener` for each event, and with 'resync' when some were missed. Returns the undo. */
export function listen(place: IPlace, listener: Listener): () => void {
  const streams = (shared.comexpLabStreams ??= new Map<string, IStream>());
  const url = apiUrl(place, 'events');
  const stream = streams.get(url) ?? open(url);
  streams.set(url, stream);
  stream.listeners.add(listener);
  return () => {
    stream.listeners.delete(listener);
    if (stream.listeners.size === 0) {
      stream.source.close();
      streams.delete(url);
    }
  };
}

function open(url: string): IStream {
  const stream: IStream = { source: new EventSource(url), listeners: new Set() };
  const tell = (event: IEvent | 'resync'): void => {
    for (const listener of [...stream.listeners]) {
      listener(event);
    }
  };
  stream.source.addEventListener('message', message => {
    tell(JSON.parse(message.data as string) as IEvent);
  });
  stream.source.addEventListener('resync', () => tell('resync'));
  return stream;
}
