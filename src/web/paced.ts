import type { Clock } from '../support/clock.ts';

/** Does something at once after a time of quiet, and else once for all that ask for it in a while. */
export class Paced {
  readonly #clock: Clock;
  readonly #pauseMs: () => number;
  readonly #work: () => void;
  #lastMs = Number.NEGATIVE_INFINITY;
  #stop: (() => void) | undefined;

  /** `pauseMs`: how long after one time the next one is at the earliest. */
  constructor(clock: Clock, pauseMs: () => number, work: () => void) {
    this.#clock = clock;
    this.#pauseMs = pauseMs;
    this.#work = work;
  }

  /** It has to be done. */
  ask(): void {
    if (this.#stop !== undefined) return;
    const waitMs = this.#lastMs + this.#pauseMs() - this.#clock.monotonicMs();
    if (waitMs <= 0) this.#run();
    else this.#stop = this.#clock.after(waitMs, () => this.#run());
  }

  /** What was asked for is not done any more. */
  cancel(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #run(): void {
    this.#stop = undefined;
    this.#lastMs = this.#clock.monotonicMs();
    this.#work();
  }
}
