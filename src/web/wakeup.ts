import { type Deferred, deferred } from '../support/deferred.ts';

/** Lets a loop sleep until somebody says that there is something new; what is said while it is awake is not lost. */
export class Wakeup {
  #isDue = false;
  #sleeper: Deferred<void> | undefined;

  /** There is something new. */
  notify(): void {
    this.#isDue = true;
    this.#sleeper?.resolve();
  }

  /** Waits for the next `notify`, or not at all if there was one since the last `wait`. */
  async wait(): Promise<void> {
    if (!this.#isDue) {
      this.#sleeper = deferred();
      await this.#sleeper.promise;
      this.#sleeper = undefined;
    }
    this.#isDue = false;
  }
}
