import type { Clock } from '../../src/support/clock.ts';

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #ms: number;
  readonly #startMs: number;
  #timers: { atMs: number; fire: () => void; everyMs?: number }[] = [];

  constructor(start: Date = new Date('2026-01-01T00:00:00.000Z')) {
    this.#ms = start.getTime();
    this.#startMs = this.#ms;
  }

  now(): Date {
    return new Date(this.#ms);
  }

  monotonicMs(): number {
    return this.#ms - this.#startMs;
  }

  after(ms: number, fire: () => void): () => void {
    return this.#add({ atMs: this.#ms + ms, fire });
  }

  every(ms: number, fire: () => void): () => void {
    return this.#add({ atMs: this.#ms + ms, fire, everyMs: ms });
  }

  /** How many timers wait; 0 after everything was stopped. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer that fires once; undefined: there is none. */
  get untilNext(): number | undefined {
    const next = this.#timers.filter((timer) => timer.everyMs === undefined).sort((a, b) => a.atMs - b.atMs)[0];
    return next === undefined ? undefined : Math.max(0, next.atMs - this.#ms);
  }

  /** Moves on by `ms`, firing what is due, in order, each at its own moment. */
  advance(ms: number): void {
    const endMs = this.#ms + ms;
    for (let next = this.#due(endMs); next !== undefined; next = this.#due(endMs)) {
      this.#ms = next.atMs;
      if (next.everyMs === undefined) this.#timers.splice(this.#timers.indexOf(next), 1);
      else next.atMs += next.everyMs;
      next.fire();
    }
    this.#ms = endMs;
  }

  /** The wall clock moves on by `ms` while nothing runs, as on a machine that sleeps; timers fire late, when it goes on. */
  sleep(ms: number): void {
    this.#ms += ms;
  }

  #due(endMs: number) {
    return this.#timers.filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
  }

  #add(timer: { atMs: number; fire: () => void; everyMs?: number }): () => void {
    this.#timers.push(timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }
}
