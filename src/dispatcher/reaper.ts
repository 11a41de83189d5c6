import { MAX_EXECUTIONS_FOR_LOST_RUNNERS } from '../model/lease.ts';
import type { FinishedExecution } from '../store/finished-execution.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import type { Giver } from './giver.ts';
import { type Held, keyOf, type Leases } from './leases.ts';
import type { LogIntake } from './log-intake.ts';
import type { Pool } from './pool.ts';
import type { Results } from './results.ts';

/** What {@link Reaper} needs. */
export interface ReaperOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly leases: Leases;
  readonly giver: Giver;
  readonly intake: LogIntake;
  readonly results: Results;
  readonly pool: Pool;
}

/** How much longer than its bound a job may take before we tell its runner, which should have ended it by itself. */
const TIMEOUT_GRACE_MS = 30_000;
/** How long a runner that was told has to end it; then the job is over without it. */
const STOP_GRACE_MS = 60_000;

/** Looks, every few seconds, for what did not happen: heartbeats, the end of jobs, room on the disk. */
export class Reaper {
  readonly #options: ReaperOptions;
  #stop: (() => void) | undefined;
  #expiries = 0;

  constructor(options: ReaperOptions) {
    this.#options = options;
  }

  /** Leases that were found to be over, since the start. */
  get expiries(): number {
    return this.#expiries;
  }

  /** Begins to look. */
  start(): void {
    const { clock, leases } = this.#options;
    this.#stop = clock.every(leases.times.reaperMs, () => this.#look());
  }

  /** Stops. Safe twice and before `start`. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }

  #look(): void {
    const { background, leases, giver, intake, results } = this.#options;
    const expired = leases.expired();
    if (expired.length > 0) background.run('rescue jobs', () => this.#rescue(expired));
    for (const held of leases.all) this.#enforceTimeout(held);
    intake.retry();
    results.retry();
    giver.wake(); // costs nothing when nothing waits, and ends what a full disk left undone
  }

  async #rescue(expired: readonly Held[]): Promise<void> {
    const { leases, intake, giver } = this.#options;
    const why = 'its runner did not come back, or said nothing, before the lease was over';
    if (!(await leases.lose(expired, why, MAX_EXECUTIONS_FOR_LOST_RUNNERS))) return;
    this.#expiries += expired.length;
    for (const held of expired) intake.end(held);
    giver.wake();
  }

  #enforceTimeout(held: Held): void {
    const { clock, pool, background } = this.#options;
    if (held.timeoutAtMs === null || held.isFinishing) return;
    const nowMs = clock.monotonicMs();
    if (held.toldToStopAtMs !== null) {
      if (nowMs - held.toldToStopAtMs >= STOP_GRACE_MS)
        background.run('end a job that took too long', () => this.#endWithoutRunner(held));
    } else if (nowMs >= held.timeoutAtMs + TIMEOUT_GRACE_MS) {
      held.toldToStopAtMs = nowMs;
      pool.get(held.runner)?.cancel(held, 'it takes longer than it may');
    }
  }

  async #endWithoutRunner(held: Held): Promise<void> {
    const { store, leases, giver, clock, background, intake } = this.#options;
    await store.finish(await this.#timedOut(held), clock.now());
    background.wrote();
    leases.end(held);
    intake.end(held);
    giver.wake();
  }

  async #timedOut(held: Held): Promise<FinishedExecution> {
    const { store, intake, clock } = this.#options;
    const [job, logBytes] = await Promise.all([store.job(held.job), intake.settled(held)]);
    return {
      ...keyOf(held),
      conclusion: 'timed_out',
      reason: 'it took longer than it may, and its runner did not end it',
      exit: null,
      startedAt: job?.startedAt ?? null,
      completedAt: clock.now(),
      logBytes,
      logBytesDropped: 0,
      steps: job?.steps ?? [],
      leftovers: [],
    };
  }
}
