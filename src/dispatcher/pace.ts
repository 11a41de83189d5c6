import type { Held } from './leases.ts';

/** What a job may wait at a runner for those before it, in milliseconds: no delay that people see. */
const MOMENT_MS = 50;

/** How long jobs took, by what was executed: two jobs with the same spec take about as long. */
export class Pace {
  readonly #lastMs = new WeakMap<object, number>();

  /** An execution is over; it took so many milliseconds from its first process on. */
  note({ spec }: Held, tookMs: number): void {
    if (spec !== undefined) this.#lastMs.set(spec, tookMs);
  }

  /** How many like this one are over within a moment, by the last one with the same spec; 0 if that was never seen. */
  inAMoment({ spec }: Held): number {
    const tookMs = spec && this.#lastMs.get(spec);
    return tookMs === undefined ? 0 : Math.floor(MOMENT_MS / Math.max(1, tookMs));
  }
}
