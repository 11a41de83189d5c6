/** Time as the components see it; passed in, so that a test can move it. */
export interface Clock {
  /** Wall time, for what people read and what is stored. It may jump. */
  now(): Date;
  /** Milliseconds since some fixed moment; never goes back. For leases and timeouts. */
  monotonicMs(): number;
  /** Calls `fire` once after `ms` milliseconds, unless the returned function was called before. */
  after(ms: number, fire: () => void): () => void;
  /** Calls `fire` every `ms` milliseconds until the returned function is called. */
  every(ms: number, fire: () => void): () => void;
}

/** The clock of the machine. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => new Date(),
  monotonicMs: () => performance.now(),
  after(ms, fire) {
    const timer = setTimeout(fire, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  every(ms, fire) {
    const timer = setInterval(fire, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
};
