import type { LEASE_DEFAULTS } from '../model/lease.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { ClaimedJob } from '../store/claim.ts';
import type { OpenExecution } from '../store/progress.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import type { Background } from './background.ts';

/** The times that leases live by, in milliseconds; see {@link LEASE_DEFAULTS}. */
export type LeaseTimes = { readonly [K in keyof typeof LEASE_DEFAULTS]: number };

/** An execution under way. All `…AtMs` are on the clock that never goes back: a wall clock that jumps expires nothing. */
export interface Held extends ExecutionKey {
  readonly runner: string;
  readonly leasedAt: Date;
  /** What is executed; undefined if a former process of the dispatcher gave it. */
  readonly spec: object | undefined;
  /** Fulfilled when the execution is over, however it ended. */
  readonly over: Deferred<void>;
  expiresAtMs: number;
  /** The job's own bound; null if it is not known (a restart came before the start). */
  timeoutMs: number | null;
  timeoutAtMs: number | null;
  /** When the runner was told to stop it because the job's bound is over. */
  toldToStopAtMs: number | null;
  /** Its result is being stored: the runner's slot is free, and the lease cannot expire. */
  isFinishing: boolean;
  /** How often its log was found shorter than its result says. */
  logGaps: number;
  /** Its runner is gone and had not begun it, as far as is known: it was given ahead, or a former process gave it. */
  isAhead: boolean;
}

/** What {@link Leases} needs. */
export interface LeasesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly times: LeaseTimes;
}

/**
 * Who holds which execution, and until when. This table decides; the store's expiry follows it and is what a successor
 * of this process begins with. There is one dispatcher per store, so that nobody else changes what is here.
 */
export class Leases {
  readonly times: LeaseTimes;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #background: Background;
  readonly #held = new Map<number, Held>();

  constructor({ store, clock, background, times }: LeasesOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#background = background;
    this.times = times;
  }

  /** Takes over what was under way when the last dispatcher ended; everybody gets the time to come back. */
  async load(): Promise<void> {
    await this.#store.extendAll(this.#wallIn(this.times.reconnectMs));
    for (const open of await this.#store.openExecutions()) this.#held.set(open.job, this.#heldOf(open));
  }

  get all(): IterableIterator<Held> {
    return this.#held.values();
  }

  /** Is anything under way? */
  get isAnyHeld(): boolean {
    return this.#held.size > 0;
  }

  /** Everything that a runner holds. */
  of(runner: string): Held[] {
    return [...this.#held.values()].filter((held) => held.runner === runner);
  }

  /** The execution, if it is under way and this runner holds it. */
  find(runner: string, key: ExecutionKey): Held | undefined {
    const held = this.#held.get(key.job);
    return held?.execution === key.execution && held.runner === runner ? held : undefined;
  }

  /** Notes that the store gave a job to a runner. */
  grant(runner: string, claimed: ClaimedJob): Held {
    const held: Held = {
      job: claimed.job,
      execution: claimed.execution,
      runner,
      leasedAt: this.#clock.now(),
      spec: claimed.spec,
      over: deferred(),
      expiresAtMs: this.#clock.monotonicMs() + this.times.leaseMs,
      timeoutMs: claimed.spec.timeoutMs,
      timeoutAtMs: null,
      toldToStopAtMs: null,
      isFinishing: false,
      logGaps: 0,
      isAhead: false,
    };
    this.#held.set(held.job, held);
    return held;
  }

  /** Its first process exists: from now on its own bound counts. */
  started(held: Held): void {
    if (held.timeoutMs !== null) held.timeoutAtMs ??= this.#clock.monotonicMs() + held.timeoutMs;
  }

  /** After a restart between lease and start the job's bound is not known here; the store knows it. */
  async learnTimeout(held: Held): Promise<void> {
    const open = (await this.#store.openExecutions(held.runner)).find((each) => each.job === held.job);
    if (open?.execution === held.execution) held.timeoutAtMs = this.#timeoutAtMs(open);
  }

  /** The runner says that it is there with these; returns those that it does not hold (any more). */
  extend(runner: string, keys: readonly ExecutionKey[]): readonly ExecutionKey[] {
    const held = keys.flatMap((key) => this.find(runner, key) ?? []);
    this.#moveExpiry(runner, held, this.times.leaseMs);
    return keys.filter((key) => this.find(runner, key) === undefined).map(keyOf);
  }

  /** The runner's connection is gone: what it holds waits for it for a while. */
  runnerIsGone(runner: string): void {
    this.#moveExpiry(runner, this.of(runner), this.times.reconnectMs);
  }

  /** The execution is over. */
  end(held: Held): void {
    if (this.#held.get(held.job) === held) this.#held.delete(held.job);
    held.over.resolve();
  }

  /**
   * Takes executions away: their jobs are queued again, or end with `error` after `maxLost` lost ones. If the store
   * cannot take it now they are as good as expired, so that the reaper tries again.
   */
  async lose(lost: readonly Held[], why: string, maxLost: number): Promise<boolean> {
    // a job that makes away with its runners must not take along those that only waited there
    const [ahead, begun] = [lost.filter((held) => held.isAhead), lost.filter((held) => !held.isAhead)];
    const isReturned = await this.giveBack(ahead, why);
    const isLost = await this.#take(begun, () => this.#store.lose(begun.map(keyOf), why, maxLost, this.#clock.now()));
    return isReturned || isLost;
  }

  /** Their runner has not begun them, and does not have them any more: their jobs are queued again. As {@link lose}. */
  giveBack(returned: readonly Held[], why: string): Promise<boolean> {
    return this.#take(returned, () => this.#store.giveBack(returned.map(keyOf), why, this.#clock.now()));
  }

  /** Those whose time is over now. */
  expired(): Held[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#held.values()].filter((held) => held.expiresAtMs <= nowMs && !held.isFinishing);
  }

  async #take(taken: readonly Held[], write: () => Promise<unknown>): Promise<boolean> {
    if (taken.length === 0) return false;
    for (const held of taken) held.expiresAtMs = Number.NEGATIVE_INFINITY;
    try {
      await write();
    } catch (error) {
      this.#background.report('take jobs back', error);
      return false;
    }
    this.#background.wrote();
    for (const held of taken) this.end(held);
    return true;
  }

  #moveExpiry(runner: string, held: readonly Held[], ms: number): void {
    if (held.length === 0) return;
    for (const each of held) each.expiresAtMs = this.#clock.monotonicMs() + ms;
    const expiresAt = this.#wallIn(ms);
    this.#background.run('extend leases', async () => {
      const lost = await this.#store.extend(runner, held.map(keyOf), expiresAt);
      this.#background.wrote();
      for (const key of lost) this.#forget(runner, key);
    });
  }

  /** The store knows better: it is not this runner's any more, unless its result is just being stored. */
  #forget(runner: string, key: ExecutionKey): void {
    const held = this.find(runner, key);
    if (held !== undefined && !held.isFinishing) this.end(held);
  }

  #heldOf(open: OpenExecution): Held {
    return {
      job: open.job,
      execution: open.execution,
      runner: open.runner,
      leasedAt: this.#clock.now(),
      spec: undefined,
      over: deferred(),
      expiresAtMs: this.#clock.monotonicMs() + this.times.reconnectMs,
      timeoutMs: null,
      timeoutAtMs: this.#timeoutAtMs(open),
      toldToStopAtMs: null,
      isFinishing: false,
      logGaps: 0,
      // what was given ahead is not written down; what had begun when the last dispatcher ended is
      isAhead: open.timeoutAt === null,
    };
  }

  #timeoutAtMs({ timeoutAt }: OpenExecution): number | null {
    if (timeoutAt === null) return null;
    return this.#clock.monotonicMs() + timeoutAt.getTime() - this.#clock.now().getTime();
  }

  #wallIn(ms: number): Date {
    return new Date(this.#clock.now().getTime() + ms);
  }
}

/** Only what identifies an execution. */
export function keyOf({ job, execution }: ExecutionKey): ExecutionKey {
  return { job, execution };
}
