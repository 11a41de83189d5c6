/** The right of one runner to execute a job, until it expires. */
export interface Lease {
  /** Number of the execution, from 1 over the job's whole life: the fencing token. */
  readonly execution: number;
  /** Name of the runner that holds it. */
  readonly runner: string;
  /** When it can be given away, unless a heartbeat extends it. */
  readonly expiresAt: Date;
}

/** Defaults of the times that leases live by, in milliseconds. */
export const LEASE_DEFAULTS = {
  /** How long a lease lasts without a heartbeat: six of them, so that one lost to a slow disk costs nothing. */
  leaseMs: 30_000,
  /** How often each side says that it is there. */
  heartbeatMs: 5_000,
  /** How long a runner whose connection is gone has to come back with what it runs. */
  reconnectMs: 60_000,
  /** How often expired leases are looked for. */
  reaperMs: 5_000,
  /** An exclusive job stops itself after this long without an answer to its heartbeats. */
  exclusiveStopMs: 20_000,
} as const;

/** How many runners a job may lose before its conclusion is `error`. */
export const MAX_EXECUTIONS_FOR_LOST_RUNNERS = 3;
