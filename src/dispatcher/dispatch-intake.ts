import type { Plan } from '../model/plan.ts';
import type { DispatchMessage, WireCommit } from '../protocol/to-dispatcher.ts';
import { UnknownRepositoryError } from '../store/errors.ts';
import type { DispatchedCommit } from '../store/new-dispatch.ts';
import type { KnownRun } from '../store/read-runs.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import { FOUND_WORKFLOW } from '../workflow/find-tests.ts';
import type { Background } from './background.ts';
import type { Giver } from './giver.ts';
import type { Taken } from './observer-door.ts';
import type { PlannedCommit } from './planner.ts';
import type { PushedCommit } from './pushed-commit.ts';
import { countReady } from './ready-jobs.ts';

/** What {@link DispatchIntake} needs. */
export interface DispatchIntakeOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly background: Background;
  readonly giver: Giver;
  readonly repository: (id: number) => Promise<RepositoryRecord | undefined>;
  /** Reads what to do for a commit. */
  readonly plan: (repository: RepositoryRecord, pushed: PushedCommit) => Promise<PlannedCommit>;
  /** A push was stored; the mirror may follow it. */
  readonly stored: (repository: RepositoryRecord, at: { readonly ref: string; readonly sha: string }) => void;
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
   * Stores a push and gives its jobs away. Fulfilled when it is on the disk, with its runs.
   * @throws {UnknownRepositoryError}
   */
  async take(message: DispatchMessage): Promise<Taken> {
    const before = this.#turns.get(message.repository) ?? Promise.resolve();
    const begun = this.#begin(message, before);
    // a push that cannot be planned does not hold up those behind it
    const turn = Promise.allSettled([before, begun]).then(() => {});
    this.#turns.set(message.repository, turn);
    void turn.then(() => this.#turns.get(message.repository) === turn && this.#turns.delete(message.repository));
    const { storing, known } = await begun;
    const runs = await storing;
    return { runs, known: runs.filter((id) => known.has(id)) };
  }

  /** Fulfilled when the store was asked, so that what comes after is stored after it, perhaps in the same transaction. */
  async #begin(message: DispatchMessage, before: Promise<void>) {
    const { repository, commits, known } = await this.#planAll(message);
    await before;
    return { storing: this.#store(message, repository, commits), known };
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
    if (commits.length > 0) stored(repository, { ref, sha: after });
    return runs;
  }

  async #planAll(message: DispatchMessage) {
    const { store, repository: find } = this.#options;
    const { repository: id, commits } = message;
    const repository = await find(id);
    if (repository === undefined) throw new UnknownRepositoryError(id);
    const asking = store.knownRuns(
      id,
      commits.map(({ sha }) => sha),
    );
    const early = commits.length > PLAN_AHEAD ? await asking : new Map<string, readonly KnownRun[]>();
    const pushed = pushedOf(message);
    const planning = pushed.map((one, at) => {
      const isPlanned = commits[at]?.skip === undefined && !isSettled(early.get(one.sha), one, message);
      return isPlanned ? this.#options.plan(repository, one) : undefined;
    });
    const [planned, known] = await Promise.all([Promise.all(planning), asking]);
    const dispatched = commits.flatMap((commit, at) => {
      const runs = known.get(commit.sha);
      const isKnown = runs !== undefined && (commit.skip !== undefined || isSettled(runs, commit, message));
      if (isKnown) return joining(runs, message.ref).map((plan) => ({ ...said(commit), tree: null, plan }));
      return entriesOf(commit, planned[at]);
    });
    const there = [...known.values()].flat().filter(({ isLeftOut }) => !isLeftOut);
    return { repository, commits: dispatched, known: new Set(there.map(({ id: run }) => run)) };
  }
}

/**
 * Each commit as if it had been pushed by itself: after its first parent, the oldest after where the ref was. The newest
 * one stands for those before it that are not tested.
 */
function pushedOf({ ref, before, commits, payload }: DispatchMessage): readonly PushedCommit[] {
  return commits.map(({ sha }, at) => {
    const isForOthers = at > 0 && at === commits.length - 1 && commits[at - 1]?.skip !== undefined;
    const since = isForOthers ? { since: commits[0]?.sha ?? sha } : {};
    const from = at === 0 || isForOthers ? before : null;
    return { sha, ref, before: from, ...since, ...(payload === undefined ? {} : { payload }) };
  });
}

/**
 * Is there nothing more to be planned for a commit? Runs of workflow files are those of a ref: a new branch or tag at a
 * commit that has runs already gets its own, but only for the commit that it is at. What a tag brought, and what was
 * skipped where HEAD was on no branch, is new to a branch.
 */
function isSettled(
  known: readonly KnownRun[] | undefined,
  { sha }: { readonly sha: string },
  { ref, after }: DispatchMessage,
): boolean {
  if (known === undefined || known.every((run) => run.isLeftOut)) return false;
  if (known.some((run) => isOf(run, ref))) return true;
  return sha !== after && (!isBranch(ref) || known.some(countsForBranches));
}

function countsForBranches({ keyRef, isSkipped }: KnownRun): boolean {
  return isBranch(keyRef) || (keyRef.startsWith('HEAD') && !isSkipped);
}

function isBranch(ref: string): boolean {
  return ref.startsWith('refs/heads/');
}

/** Does a run count for this ref? Found tests count for all of them; what was skipped may be wanted now. */
function isOf({ keyRef, isSkipped, isPartial }: KnownRun, ref: string): boolean {
  if (isPartial) return false;
  return keyRef === '' ? !isSkipped : keyRef === ref || keyRef.startsWith(`${ref} `);
}

/** Plans that only say which runs are meant: whoever told of the commit joins their sources. */
function joining(known: readonly KnownRun[], ref: string): readonly Plan[] {
  const own = known.filter((run) => isOf(run, ref));
  return (own.length > 0 ? own : known).map(({ workflow, keyRef }) => ({
    ...{ workflow, keyRef, jobs: [], skipped: 'it has a run already' },
  }));
}

/** One entry for each plan. */
function entriesOf(commit: WireCommit, planned: PlannedCommit | undefined): readonly DispatchedCommit[] {
  if (planned === undefined) return [{ ...said(commit), tree: null, plan: nothing(commit.skip ?? '') }];
  const { tree, plans, payload, actor } = planned;
  const event = { ...(payload === undefined ? {} : { payload }), ...(actor === undefined ? {} : { actor }) };
  return plans.map((plan) => ({ ...said(commit), tree, plan, ...event }));
}

function said({ sha, title, author, committedAt, receivedAt }: WireCommit) {
  const own = receivedAt === undefined ? {} : { receivedAt: dateOf(receivedAt) };
  return { sha, title, author, committedAt: dateOf(committedAt), ...own };
}

/** A plan of a commit for which nothing is to be done. */
function nothing(skipped: string): Plan {
  return { workflow: FOUND_WORKFLOW, keyRef: '', jobs: [], skipped };
}

/** Git takes dates that no calendar has; so does the wire. */
export function dateOf(ms: number): Date {
  return new Date(Math.max(0, Math.min(ms, 8.64e15)));
}
