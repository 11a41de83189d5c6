/** Who wants to know when a log changes, by the log's name. */
export class LogListeners {
  readonly #listeners = new Map<string, Set<() => void>>();

  /** Calls `listener` at each change; returns what ends it. */
  add(name: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners);
    const own = () => listener();
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(name) === listeners) this.#listeners.delete(name);
    };
  }

  /** The log changed. */
  tell(name: string): void {
    for (const listener of this.#listeners.get(name) ?? []) listener();
  }
}
