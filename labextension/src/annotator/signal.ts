/** A list of listeners; `connect` returns its own undo. */
export class Signal<T> {
  connect(listener: (value: T) => void): () => void {
    this._listeners.add(listener);
    return () => {
      this._listeners.delete(listener);
    };
  }

  emit(value: T): void {
    for (const listener of [...this._listeners]) {
      listener(value);
    }
  }

  get size(): number {
    return this._listeners.size;
  }

  private readonly _listeners = new Set<(value: T) => void>();
}
