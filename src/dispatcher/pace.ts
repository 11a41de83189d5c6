import type { Held } from './leases.ts';

/** An execution that takes less than this is quick, in milliseconds: to wait for its end is no delay that people see. */
const QUICK_MS = 50;

/** How long jobs took, by what was executed: two jobs with the same spec take about as long. */
export class Pace {
  readonly #lastMs = new WeakMap<object, number>();

  /** An execution is over; it took so many milliseconds from its first process on. */
  note({ spec }: Held, tookMs: number): void {
    if (spec !== undefined) this.#lastMs.set(spec, tookMs);
  }

  /** Did the last one with the same spec take only a moment? One that was never seen is not quick. */
  isQuick({ spec }: Held): boolean {
    return spec !== undefined && (this.#lastMs.get(spec) ?? Number.POSITIVE_INFINITY) < QUICK_MS;
  }
}
