import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';

/** How long news of a job may wait for others to share their transaction, in milliseconds; nobody sees the difference. */
const GATHER_MS = 20;

interface News {
  readonly what: string;
  readonly write: () => Promise<unknown>;
  readonly name: string | undefined;
}

/**
 * Starts and steps on their way into the store. They are for people, nothing waits for them: those of a moment are
 * stored together, at the latest with the result of their job, so that a short job costs one transaction instead of four.
 */
export class Progress {
  readonly #clock: Clock;
  readonly #background: Background;
  #waiting: News[] = [];
  #cancel = () => {};

  constructor({ clock, background }: { clock: Clock; background: Background }) {
    this.#clock = clock;
    this.#background = background;
  }

  /** Stores something soon; `what` completes "could not …" in the log, `name` is for {@link drop}. */
  add(what: string, write: () => Promise<unknown>, name?: string): void {
    if (this.#waiting.length === 0) this.#cancel = this.#clock.after(GATHER_MS, () => this.flush());
    this.#waiting.push({ what, write, name });
  }

  /** What waits under this name is not stored: something else says it. */
  drop(name: string): void {
    this.#waiting = this.#waiting.filter((news) => news.name !== name);
  }

  /** Stores now what waits, in its order, before anything that the caller stores in this turn. */
  flush(): void {
    this.#cancel();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { what, write } of waiting) this.#background.run(what, write);
  }
}
