import type { Plan } from '../model/plan.ts';
import type { DispatchMessage, WireCommit } from '../protocol/messages.ts';
import { UnknownRepositoryError } from '../store/errors.ts';
import type { DispatchedCommit, RepositoryRecord, Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import { FOUND_WORKFLOW } from '../workflow/find-tests.ts';
import type { Background } from './background.ts';
import type { Giver } from './giver.ts';
import type { PlannedCommit } from './planner.ts';

/** What {@link DispatchIntake} needs. */
export interface DispatchIntakeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly giver: Giver;
  readonly repository: (id: number) => Promise<RepositoryRecord | undefined>;
  /** Reads what to do for a commit. */
  readonly plan: (repository: RepositoryRecord, sha: string) => Promise<PlannedCommit>;
  /** A push was stored; the mirror may follow it. */
  readonly stored: (repository: RepositoryRecord) => void;
}

/** Up to so many commits are planned while the store is asked whether they are known: most are not. */
const PLAN_AHEAD = 4;

/**
 * Pushes on their way into the store. Commits are planned before any transaction, and those of one repository are
 * stored in the order in which they were told, since run numbers follow it.
 */
export class DispatchIntake {
  readonly #options: DispatchIntakeOptions;
  /** Of each repository, the end of the last push's planning. */
  readonly #turns = new Map<number, Promise<void>>();

  constructor(options: DispatchIntakeOptions) {
    this.#options = options;
  }

  /**
   * Stores a push and gives its jobs away. Fulfilled when it is on the disk, with the ids of its runs.
   * @throws {UnknownRepositoryError}
   */
  async take(message: DispatchMessage): Promise<readonly number[]> {
    const before = this.#turns.get(message.repository) ?? Promise.resolve();
    const begun = this.#begin(message, before);
    // a push that cannot be planned does not hold up those behind it
    const turn = Promise.allSettled([before, begun]).then(() => {});
    this.#turns.set(message.repository, turn);
    void turn.then(() => this.#turns.get(message.repository) === turn && this.#turns.delete(message.repository));
    const { storing } = await begun;
    return storing;
  }

  /** Fulfilled when the store was asked, so that what comes after is stored after it, perhaps in the same transaction. */
  async #begin(message: DispatchMessage, before: Promise<void>) {
    const { repository, commits } = await this.#planAll(message);
    await before;
    return { storing: this.#store(message, repository, commits) };
  }

  async #store(message: DispatchMessage, repository: RepositoryRecord, commits: readonly DispatchedCommit[]) {
    const { store, clock, giver, background, stored } = this.#options;
    const { ref, before, after, trigger, receivedAt } = message;
    const push = { repository: repository.id, event: 'push', ref, before, after, trigger, commits };
    const storing = store.dispatch({ ...push, receivedAt: dateOf(receivedAt) }, clock.now());
    // asked for in the same turn, the claim shares the transaction of the dispatch
    background.run('give jobs', () => giver.workArrived(countReady(commits), repository.id));
    const runs = await storing;
    background.wrote();
    if (commits.length > 0) stored(repository);
    return runs;
  }

  async #planAll({ repository: id, commits }: DispatchMessage) {
    const { store, repository: find } = this.#options;
    const repository = await find(id);
    if (repository === undefined) throw new UnknownRepositoryError(id);
    const asking = store.knownRuns(
      id,
      commits.map(({ sha }) => sha),
    );
    const early = commits.length > PLAN_AHEAD ? await asking : new Map<string, unknown>();
    const planning = commits.map((commit) => this.#plan(repository, commit, early.has(commit.sha)));
    const [planned, known] = await Promise.all([Promise.all(planning), asking]);
    const isKnown = ({ sha }: DispatchedCommit) => known.has(sha);
    return { repository, commits: planned.map((commit) => (isKnown(commit) ? { ...commit, plan: KNOWN } : commit)) };
  }

  async #plan(repository: RepositoryRecord, commit: WireCommit, isKnown: boolean): Promise<DispatchedCommit> {
    const { sha, title, author, skip } = commit;
    const said = { sha, title, author, committedAt: dateOf(commit.committedAt) };
    if (skip !== undefined) return { ...said, tree: null, plan: nothing(skip) };
    if (isKnown) return { ...said, tree: null, plan: KNOWN };
    return { ...said, ...(await this.#options.plan(repository, sha)) };
  }
}

/** A plan of a commit for which nothing is to be done. */
function nothing(skipped: string): Plan {
  return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], skipped };
}

/** The run that is there already is what counts. */
const KNOWN = nothing('it has a run already');

/** Git takes dates that no calendar has; so does the wire. */
function dateOf(ms: number): Date {
  return new Date(Math.max(0, Math.min(ms, 8.64e15)));
}

/** Jobs that can be given at once. */
function countReady(commits: readonly DispatchedCommit[]): number {
  return commits.reduce((sum, { plan }) => sum + plan.jobs.filter((job) => job.needs.length === 0).length, 0);
}
