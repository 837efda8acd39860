/** The part of anywidget's model that we use, and saying to Python what changed without ever depending on the kernel. */

export interface IModel<T> {
  get<K extends keyof T>(name: K): T[K];
  set<K extends keyof T>(name: K, value: T[K]): void;
  save_changes(): void;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
}

/** Tells Python the values that differ. A dead kernel is no reason to fail: it asks again when it is back. */
export function sync<T>(model: IModel<T>, values: Partial<T>): void {
  const changed = (Object.keys(values) as (keyof T)[]).filter(
    name => JSON.stringify(model.get(name)) !== JSON.stringify(values[name])
  );
  if (changed.length === 0) {
    return;
  }
  changed.forEach(name => model.set(name, values[name] as T[keyof T]));
  try {
    model.save_changes();
  } catch {
    // Without a kernel nobody is there to be told; the lab service has everything.
  }
}
