import type { Clock } from '../support/clock.ts';

/**
 * A second signal within this time is the same key press: with `npm start`, Ctrl-C reaches the program from the terminal
 * and once more from npm.
 */
const SAME_PRESS_MS = 300;

/** What the person, or the system, wants of a server. */
export interface StopSignals {
  /** Fulfilled at the first SIGTERM or SIGINT: finish what runs, then end. */
  readonly drain: Promise<void>;
  /** Fulfilled at the second: end at once. */
  readonly now: Promise<void>;
  /** Stops listening. */
  release(): void;
}

/** Listens for SIGTERM and SIGINT. */
export function stopSignals(clock: Clock): StopSignals {
  let firstAtMs: number | undefined;
  let drain = () => {};
  let now = () => {};
  const signals = {
    drain: new Promise<void>((resolve) => {
      drain = resolve;
    }),
    now: new Promise<void>((resolve) => {
      now = resolve;
    }),
  };
  const take = () => {
    const atMs = clock.monotonicMs();
    firstAtMs ??= atMs;
    if (atMs === firstAtMs) drain();
    else if (atMs - firstAtMs > SAME_PRESS_MS) now();
  };
  process.on('SIGTERM', take).on('SIGINT', take);
  return {
    ...signals,
    release: () => void process.off('SIGTERM', take).off('SIGINT', take),
  };
}
