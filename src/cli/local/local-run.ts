import { type Conclusion, worstOf } from '../../model/conclusion.ts';
import type { PlanReuse } from '../../model/plan.ts';
import type { ExecutionResult } from '../../protocol/execution-result.ts';
import type { ExecutionOrder } from '../../runner/execution-order.ts';
import type { ClaimedJob } from '../../store/claim.ts';
import type { JobRecord } from '../../store/job-record.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { Store } from '../../store/store.ts';
import type { RunTests } from '../../store/tests.ts';
import { type Clock, systemClock } from '../../support/clock.ts';
import { deferred } from '../../support/deferred.ts';
import type { LocalEvents, LocalRunner } from './local-runner.ts';

/** What a {@link LocalRun} is made of. */
export interface LocalRunOptions {
  readonly store: Store;
  readonly runner: Pick<LocalRunner, 'execute' | 'stopOne' | 'killAll'>;
  readonly slots: number;
  /** What this machine offers to jobs that ask for it. */
  readonly labels: readonly string[];
  /** What to execute for a job that was claimed. */
  readonly orderOf: (claimed: ClaimedJob) => Promise<ExecutionOrder>;
  /** Where what a job says goes. */
  readonly eventsOf: (job: JobRecord) => LocalEvents & { end(): void };
  readonly clock?: Clock;
}

/** A run with its jobs, at its end. */
export interface LocalResult {
  readonly run: RunRecord;
  readonly jobs: readonly JobRecord[];
  /** Undefined: no job wrote a report. */
  readonly tests?: RunTests | undefined;
  /** What its verdict depends on; absent: on more than the tree. */
  readonly reuse?: PlanReuse | undefined;
}

/** Nobody else asks for the jobs of this store, so that nothing has to expire. */
const LEASE_MS = 365 * 24 * 3600 * 1000;
/** Name of the one runner there is. */
const RUNNER = 'here';

/** Gives the jobs of a store to one runner in the same process until nothing is left to do: the server's own queue and graph, without the server. */
export class LocalRun {
  readonly #options: LocalRunOptions;
  readonly #clock: Clock;
  readonly #over = deferred<void>();
  #running = 0;
  #giving: Promise<void> | undefined;
  #isCalled = false;

  constructor(options: LocalRunOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Executes all that is in the store; the runs with their jobs, in this order. */
  async finish(ids: readonly number[]): Promise<readonly LocalResult[]> {
    this.#give();
    await this.#over.promise;
    const { store } = this.#options;
    const found = await Promise.all(
      ids.map(async (id) => ({ one: await store.run(id), tests: await store.tests.ofRun(id) })),
    );
    return found.flatMap(({ one, tests }) => (one === undefined ? [] : { ...one, tests }));
  }

  /** Gives what can be given; called again when something ends. */
  #give(): void {
    this.#isCalled = true;
    this.#giving ??= this.#giveAll()
      .catch((error: unknown) => this.#over.reject(error))
      .finally(() => {
        this.#giving = undefined;
        if (this.#isCalled) this.#give();
        else if (this.#running === 0) this.#over.resolve();
      });
  }

  async #giveAll(): Promise<void> {
    const { store, slots, labels } = this.#options;
    while (this.#isCalled) {
      this.#isCalled = false;
      const request = { runner: RUNNER, labels, leaseMs: LEASE_MS, now: this.#clock.now() };
      const free = slots - this.#running;
      for (const claimed of free > 0 ? await store.claim(request, free) : []) {
        this.#running++;
        void this.#execute(claimed)
          .catch((error: unknown) => this.#over.reject(error))
          .finally(() => {
            this.#running--;
            this.#give();
          });
      }
    }
  }

  async #execute(claimed: ClaimedJob): Promise<void> {
    const { store, runner, orderOf, eventsOf } = this.#options;
    const { job, execution } = claimed;
    const record = await store.job(job);
    if (record === undefined) throw new Error(`job ${job} was claimed and is not there`);
    const events = eventsOf(record);
    const told: Promise<unknown>[] = [];
    const result = await runner.execute(await orderOf(claimed), {
      ...{ output: (bytes: Buffer) => events.output(bytes), step: (step) => events.step(step) },
      started: (at) => {
        events.started(at);
        told.push(store.started(job, execution, at));
      },
    });
    events.end();
    await Promise.all(told);
    await store.finish(finishedOf(result), this.#clock.now());
  }
}

/** The verdict of several runs: the worst. */
export function conclusionOf(results: readonly LocalResult[]): Conclusion {
  return worstOf(results.flatMap(({ run }) => run.conclusion ?? []));
}

function finishedOf(result: ExecutionResult): Parameters<Store['finish']>[0] {
  const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms));
  return {
    ...result,
    startedAt: dateOf(result.startedAt),
    completedAt: new Date(result.completedAt),
    steps: result.steps.map((step) => ({
      ...step,
      startedAt: dateOf(step.startedAt),
      completedAt: dateOf(step.completedAt),
    })),
  };
}
