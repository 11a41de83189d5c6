import type { ExecutionResult, StepResult } from '../protocol/execution-result.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { FinishedExecution } from '../store/finished-execution.ts';
import type { StepRecord } from '../store/job-record.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { type Background, isForLater } from './background.ts';
import type { Giver } from './giver.ts';
import { type Held, keyOf, type Leases } from './leases.ts';
import type { LogIntake } from './log-intake.ts';
import type { Pace } from './pace.ts';
import type { Progress } from './progress.ts';
import type { RunnerSession } from './runner-session.ts';

/** What {@link Results} needs. */
export interface ResultsOptions {
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
  readonly leases: Leases;
  readonly giver: Giver;
  readonly intake: LogIntake;
  readonly progress: Progress;
  readonly pace: Pace;
}

/** A log that is shorter than its result says is asked for again so many times; then it is taken as it is. */
const MAX_LOG_GAPS = 2;

/** What runners tell of their executions, on its way into the store. What is not stored is not acknowledged. */
export class Results {
  readonly #options: ResultsOptions;
  /** Results that could not be stored for the moment; meanwhile their leases do not expire. */
  readonly #unstored = new Map<Held, { readonly session: RunnerSession; readonly result: ExecutionResult }>();

  constructor(options: ResultsOptions) {
    this.#options = options;
  }

  /** The first process of an execution exists. */
  started(session: RunnerSession, key: ExecutionKey, atMs: number): void {
    const { leases, store, background, progress } = this.#options;
    const held = leases.find(session.name, key);
    if (held === undefined) return;
    leases.started(held);
    const at = this.#instant(atMs);
    const write = async () => {
      await store.started(key.job, key.execution, at);
      background.wrote();
      if (held.timeoutAtMs === null) await leases.learnTimeout(held);
    };
    progress.add('store that a job has started', write, startOf(key));
  }

  /** A step began or ended. */
  step(session: RunnerSession, key: ExecutionKey, step: StepResult): void {
    const { leases, store, progress } = this.#options;
    if (leases.find(session.name, key) === undefined) return;
    progress.add('store a step', () => store.step(key.job, key.execution, this.#stepOf(step)));
  }

  /** An execution is over: its log is made to last, then its result, and then the runner may forget both. */
  finished(session: RunnerSession, result: ExecutionResult): void {
    const { leases, background, pace } = this.#options;
    const held = leases.find(session.name, result);
    if (held?.isFinishing === true) {
      // said again, while the first one is being stored; the answer goes to where it was said last
      if (this.#unstored.has(held)) this.#unstored.set(held, { session, result });
      return;
    }
    if (held !== undefined) held.isFinishing = true;
    if (held !== undefined && result.startedAt !== null) pace.note(held, result.completedAt - result.startedAt);
    background.run('store a result', () => this.#finish(session, result, held));
  }

  /** Tries again what could not be stored, also for runners that are gone. */
  retry(): void {
    const again = [...this.#unstored];
    this.#unstored.clear();
    for (const [held, { session, result }] of again)
      this.#options.background.run('store a result', () => this.#finish(session, result, held));
  }

  async #finish(session: RunnerSession, result: ExecutionResult, held: Held | undefined): Promise<void> {
    let isKept = false;
    try {
      if (await this.#hasWholeLog(session, result, held)) await this.#store(session, result, held);
    } catch (error) {
      isKept = held !== undefined && isForLater(error);
      if (held !== undefined && isKept) this.#unstored.set(held, { session, result });
      throw error;
    } finally {
      if (held !== undefined && !isKept) this.#mayTryAgain(session, held);
    }
  }

  async #store(session: RunnerSession, result: ExecutionResult, held: Held | undefined): Promise<void> {
    const { store, logs, background, giver, clock, progress, intake, logger } = this.#options;
    // a log of a few lines is a row: it shares the transaction of its result
    const isComing = intake.isComing(result);
    if (held !== undefined && result.logBytes > 0 && !isComing) await logs.sync(keyOf(result));
    if (held !== undefined && result.startedAt !== null) progress.drop(startOf(result)); // the result says it too
    progress.flush();
    const storing = store.finish(this.#finishedOf(result, held), clock.now());
    if (held !== undefined) {
      // the slot is free: the next job is claimed in the same transaction
      session.freeSlot(held);
      giver.roomIn(session);
    }
    const outcome = await storing;
    if (isComing) await intake.settled(result);
    background.wrote();
    session.logIsOver(keyOf(result));
    session.send({ type: 'finished_ack', ...keyOf(result), outcome: outcome.outcome });
    this.#end(result, held);
    const run = outcome.outcome === 'accepted' ? outcome.runCompleted?.id : undefined;
    const about = { ...keyOf(result), runner: session.name, conclusion: result.conclusion };
    logger.debug({ ...about, outcome: outcome.outcome, ...(run === undefined ? {} : { run }) }, 'a result was stored');
  }

  #end(key: ExecutionKey, held: Held | undefined): void {
    const { leases, intake } = this.#options;
    if (held === undefined) return;
    leases.end(held);
    intake.end(key);
  }

  /** Unless it was stored, the execution goes on being the runner's. */
  #mayTryAgain(session: RunnerSession, held: Held): void {
    held.isFinishing = false;
    session.keepSlot(held);
  }

  async #hasWholeLog(session: RunnerSession, result: ExecutionResult, held: Held | undefined): Promise<boolean> {
    const { intake, logger } = this.#options;
    if (held === undefined || result.logBytes === 0) return true; // of what comes too late only the result is kept
    if (intake.isComing(result)) return true;
    const bytes = await intake.settled(result);
    if (bytes >= result.logBytes) return true;
    if (intake.isStalled(result)) return false;
    if (held.logGaps >= MAX_LOG_GAPS) {
      logger.warn({ ...keyOf(result), bytes, expected: result.logBytes }, 'a log is not complete; its result counts');
      return true;
    }
    held.logGaps += 1;
    session.resumeLogs(`log bytes ${bytes} to ${result.logBytes} are missing`);
    return false;
  }

  #finishedOf(result: ExecutionResult, held: Held | undefined): FinishedExecution {
    const isTimeout = held?.toldToStopAtMs != null && result.conclusion === 'cancelled';
    const { job, execution, exit, logBytes, logBytesDropped, leftovers } = result;
    return {
      ...{ job, execution, exit, logBytes, logBytesDropped, leftovers },
      conclusion: isTimeout ? 'timed_out' : result.conclusion,
      reason: result.reason,
      startedAt: result.startedAt === null ? null : this.#instant(result.startedAt),
      completedAt: this.#instant(result.completedAt),
      steps: result.steps.map((step) => this.#stepOf(step)),
      ...saidBy(result),
    };
  }

  #stepOf(step: StepResult): StepRecord {
    const at = (ms: number | null) => (ms === null ? null : this.#instant(ms));
    return { ...step, startedAt: at(step.startedAt), completedAt: at(step.completedAt) };
  }

  /** A moment on the runner's clock, which may be ahead of ours: nothing happens in the future. */
  #instant(ms: number): Date {
    return new Date(Math.max(0, Math.min(ms, this.#options.clock.now().getTime())));
  }
}

/** What a job said beyond its verdict. */
function saidBy(result: ExecutionResult): Partial<FinishedExecution> {
  const { outputs, annotations, summary, tests, unnamedTests } = result;
  return {
    ...(outputs === undefined ? {} : { outputs }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(summary === undefined ? {} : { summary }),
    ...(tests === undefined ? {} : { tests }),
    ...(unnamedTests === undefined ? {} : { unnamedTests }),
  };
}

function startOf({ job, execution }: ExecutionKey): string {
  return `start of ${job} ${execution}`;
}
