import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';

/** How long news of a job may wait for others to share their transaction, in milliseconds; nobody sees the difference. */
const GATHER_MS = 20;

/**
 * Starts and steps on their way into the store. They are for people, nothing waits for them: those of a moment are
 * stored together, at the latest with the result of their job, so that a short job costs one transaction instead of four.
 */
export class Progress {
  readonly #clock: Clock;
  readonly #background: Background;
  #waiting: { readonly what: string; readonly write: () => Promise<unknown> }[] = [];
  #cancel = () => {};

  constructor({ clock, background }: { clock: Clock; background: Background }) {
    this.#clock = clock;
    this.#background = background;
  }

  /** Stores something soon; `what` completes "could not …" in the log. */
  add(what: string, write: () => Promise<unknown>): void {
    if (this.#waiting.length === 0) this.#cancel = this.#clock.after(GATHER_MS, () => this.flush());
    this.#waiting.push({ what, write });
  }

  /** Stores now what waits, in its order, before anything that the caller stores in this turn. */
  flush(): void {
    this.#cancel();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { what, write } of waiting) this.#background.run(what, write);
  }
}
