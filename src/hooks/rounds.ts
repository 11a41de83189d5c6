import type { Clock } from '../support/clock.ts';

/** What goes round. */
export interface RoundsOptions {
  readonly clock: Clock;
  /** Between two rounds, in milliseconds. */
  readonly everyMs: number;
  /** One round; never rejected. `isDue`: the time has come, and not only somebody who wants to know now. */
  readonly look: (isDue: boolean) => Promise<void>;
}

/** Looks at once, then again and again; one look at a time, and none after the end. */
export class Rounds {
  readonly #options: RoundsOptions;
  #cancel: () => void = () => {};
  #looking: Promise<void> | undefined;
  #isDue = false;
  #isStopped = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** Whoever is in the middle of a look leaves off. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  start(): void {
    const { clock, everyMs } = this.#options;
    this.#cancel = clock.every(everyMs, () => this.#lookDue());
    this.#lookDue();
  }

  /** Waits for the look that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  /** Looks now, or joins the look that is under way. */
  look(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  #lookDue(): void {
    this.#isDue = true;
    void this.look();
  }

  #lookOnce(): Promise<void> {
    const isDue = this.#isDue;
    this.#isDue = false;
    return this.#options.look(isDue);
  }
}
