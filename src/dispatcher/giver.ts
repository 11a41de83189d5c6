import type { JobContexts } from '../model/workflow.ts';
import type { ClaimedJob, ClaimRequest } from '../store/claim.ts';
import type { Store } from '../store/store.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import type { ConnectedRunner } from './connected-runner.ts';
import type { Held, Leases } from './leases.ts';
import type { Pool } from './pool.ts';

/** What {@link Giver} needs. */
export interface GiverOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly leases: Leases;
  readonly pool: Pool;
  readonly background: Background;
  /** A job as its runner is told of it. */
  readonly told: (job: ClaimedJob) => ClaimedJob;
  /** The contexts of a workflow's job. @throws {CiError} why they cannot be made, in words. */
  readonly contextsOf: (job: ClaimedJob) => Promise<JobContexts | undefined>;
}

/** A claimed job with all that its runner is told. */
interface Prepared {
  readonly job: ClaimedJob;
  readonly contexts?: JobContexts;
}

/**
 * Gives queued jobs to runners that have room. The store decides who is next; here is decided only which runner asks
 * first. A runner has at most one claim under way, so that a burst of pushes costs one claim per runner. Whoever has
 * room has asked since the queue last grew for it: nothing is polled.
 */
export class Giver {
  readonly #options: GiverOptions;
  readonly #claiming = new Set<ConnectedRunner>();
  /** Those for whom something may have come while their claim was under way. */
  readonly #again = new Set<ConnectedRunner>();

  constructor(options: GiverOptions) {
    this.#options = options;
  }

  /**
   * At most `jobs` jobs of one repository came into the queue, or will by a change that the store was asked for before.
   * First those ask who can have them soonest, the one with a warm workspace before all; if they did not get all of
   * it, everybody asks. Returns how many were given.
   */
  async workArrived(jobs: number, repository: number): Promise<number> {
    if (jobs === 0) return 0;
    const free = this.#free(repository);
    const first = await this.#askInTurn(free, jobs);
    if (first >= jobs) return first;
    const rest = this.#free(repository).filter((runner) => !this.#claiming.has(runner));
    return first + (await this.#askInTurn(rest, Number.POSITIVE_INFINITY));
  }

  /** Anything may have come: everybody who has room asks. */
  wake(): void {
    this.#options.background.run('give jobs', () => this.#askInTurn(this.#free(), Number.POSITIVE_INFINITY));
  }

  /** A runner has room. Only now it is asked for jobs ahead as well: all that others could take was given before. */
  roomIn(runner: ConnectedRunner): void {
    this.#options.background.run('give jobs', () => this.#askAhead(runner));
  }

  /** A runner has given back what it had not begun. */
  returned(held: Held, why: string): void {
    const { leases, background } = this.#options;
    background.run('queue a job again', async () => {
      if (await leases.giveBack([held], why)) this.wake();
    });
  }

  /** Those with room: the warm one first, then those with the most room, so that work spreads over machines. */
  #free(repository?: number): ConnectedRunner[] {
    const isWarm = (runner: ConnectedRunner) => Number(runner.lastRepository === repository);
    const all = [...this.#options.pool.connected].filter((runner) => runner.room > 0 || this.#claiming.has(runner));
    return all.sort((a, b) => isWarm(b) - isWarm(a) || b.room - a.room);
  }

  /** Asks for `jobs` in all; each runner for its share. All claims are begun in this turn of the event loop. */
  async #askInTurn(runners: readonly ConnectedRunner[], jobs: number): Promise<number> {
    const share = Math.max(1, Math.ceil(jobs / Math.max(1, runners.length)));
    let left = jobs;
    const asked: Promise<number>[] = [];
    for (const runner of runners) {
      if (left <= 0) break;
      if (this.#claiming.has(runner)) this.#again.add(runner);
      else {
        const count = Math.min(runner.room, share, left);
        left -= count;
        asked.push(this.#ask(runner, count));
      }
    }
    return (await Promise.all(asked)).reduce((sum, got) => sum + got, 0);
  }

  /** Twice if need be: only when it has a job it is known whether that is a quick one. */
  async #askAhead(runner: ConnectedRunner): Promise<void> {
    const count = runner.room + runner.roomAhead;
    const got = await this.#ask(runner, count);
    if (got >= count && runner.roomAhead > 0) await this.#ask(runner, runner.room + runner.roomAhead);
  }

  async #ask(runner: ConnectedRunner, count: number): Promise<number> {
    if (this.#claiming.has(runner)) this.#again.add(runner);
    if (count <= 0 || this.#claiming.has(runner)) return 0;
    this.#claiming.add(runner);
    runner.reserve(count);
    const jobs = await this.#claim(runner, count);
    // from here to the last job without a pause: nobody else may take the room meanwhile
    runner.reserve(-count);
    this.#claiming.delete(runner);
    const refused = jobs.filter(({ job, contexts }) => !this.#give(runner, job, contexts)).map(({ job }) => job);
    await this.#takeBack(runner, refused);
    const more = this.#again.delete(runner) ? await this.#ask(runner, runner.room + runner.roomAhead) : 0;
    return jobs.length - refused.length + more;
  }

  async #claim(runner: ConnectedRunner, count: number): Promise<readonly Prepared[]> {
    const { store, clock, leases, background } = this.#options;
    const only = runner.onlyRepository === undefined ? {} : { repository: runner.onlyRepository };
    const { name, labels } = runner;
    const request: ClaimRequest = { runner: name, labels, leaseMs: leases.times.leaseMs, now: clock.now(), ...only };
    try {
      const jobs = await store.claim(request, count);
      if (jobs.length > 0) background.wrote();
      return jobs.some((job) => job.workflow !== undefined) ? await this.#prepare(jobs) : jobs.map((job) => ({ job }));
    } catch (error) {
      background.report('claim jobs', error); // the reaper wakes us again
      return [];
    }
  }

  /** Makes the contexts of the jobs; those whose contexts cannot be made are over, in words. */
  async #prepare(jobs: readonly ClaimedJob[]): Promise<readonly Prepared[]> {
    const { contextsOf } = this.#options;
    const prepared = jobs.map(async (job): Promise<readonly Prepared[]> => {
      try {
        const contexts = await contextsOf(job);
        return [contexts === undefined ? { job } : { job, contexts }];
      } catch (error) {
        await this.#refuse(job, error);
        return [];
      }
    });
    return (await Promise.all(prepared)).flat();
  }

  async #refuse({ job, execution }: ClaimedJob, error: unknown): Promise<void> {
    const { store, clock, background } = this.#options;
    if (!(error instanceof CiError)) background.report('make the contexts of a job', error);
    const reason = error instanceof CiError ? messageOf(error) : 'the dispatcher has a bug; its log says more';
    const nothing = { exit: null, startedAt: null, logBytes: 0, logBytesDropped: 0, steps: [], leftovers: [] };
    const result = { job, execution, conclusion: 'error' as const, reason, completedAt: clock.now(), ...nothing };
    const outcome = await store.finish(result, clock.now());
    if (outcome.outcome === 'accepted' && outcome.unblocked) this.wake();
  }

  #give(runner: ConnectedRunner, job: ClaimedJob, contexts: JobContexts | undefined): boolean {
    const { leases } = this.#options;
    const held = leases.grant(runner.name, job);
    if (runner.room === 0 && !runner.takesAhead) return false;
    runner.give(held, this.#options.told(job), contexts);
    return true;
  }

  /** The runner went away, or began to drain, while its claim was under way. */
  async #takeBack(runner: ConnectedRunner, jobs: readonly ClaimedJob[]): Promise<void> {
    const { leases } = this.#options;
    const held = jobs.flatMap((job) => leases.find(runner.name, job) ?? []);
    if (await leases.giveBack(held, 'it went away before it was told of the job')) this.wake();
  }
}
