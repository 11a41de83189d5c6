/** Lets work of one name happen one after the other, in the order of the calls; that of different names overlaps. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Starts `work` at once if nobody else of that name is at it, else after those before it. */
  take<T>(name: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const result = before === undefined ? work() : before.then(work, work);
    const turn = result
      .catch(() => {})
      .then(() => {
        if (this.#last.get(name) === turn) this.#last.delete(name);
      });
    this.#last.set(name, turn);
    return result;
  }

  /** Is somebody of that name at work? */
  isTaken(name: string): boolean {
    return this.#last.has(name);
  }

  /** Waits until nobody is at work. */
  async idle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}
