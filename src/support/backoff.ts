/** How long to wait before the next try. */
export interface BackoffOptions {
  /** First wait, in milliseconds. Default 100. */
  readonly firstMs?: number;
  /** Longest wait, in milliseconds. Default 10 000. */
  readonly maxMs?: number;
  /** Random number in [0, 1); passed in by tests. */
  readonly random?: () => number;
}

/**
 * Wait before try number `tries + 1`, in milliseconds: doubles each time up to `maxMs`, less up to half of it at
 * random, so that many who lost the same server do not come back in the same moment.
 */
export function backoffMs(tries: number, options: BackoffOptions = {}): number {
  const { firstMs = 100, maxMs = 10_000, random = Math.random } = options;
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(tries, 30));
  return Math.round(full * (1 - random() / 2));
}
