import type { Forgotten } from '../model/forgotten.ts';
import type { Approval } from './approve.ts';
import type { Artifacts } from './artifacts.ts';
import type { BranchTip } from './branch-tips.ts';
import type { CancelOutcome } from './cancel.ts';
import type { ClaimedJob, ClaimRequest } from './claim.ts';
import type { CredentialStore } from './credentials.ts';
import type { EventRecord } from './event-record.ts';
import type { FinishOutcome } from './finish.ts';
import type { FinishedExecution } from './finished-execution.ts';
import type { ReuseSavings } from './green-trees.ts';
import type { HeldRun } from './held-pulls.ts';
import type { JobRecord, StepRecord } from './job-record.ts';
import type { SmallLogs } from './log-store.ts';
import type { NewDispatch } from './new-dispatch.ts';
import type { CancelledExecution } from './parts.ts';
import type { ExecutionName, OpenExecution } from './progress.ts';
import type { BranchFilter, BranchRun } from './read-branch.ts';
import type { RunDetail } from './read-jobs.ts';
import type { QueueLoad, RunTimes } from './read-load.ts';
import type { QueuedJob } from './read-queue.ts';
import type { RecentRun } from './read-recent.ts';
import type { KnownRun, RunFilter } from './read-runs.ts';
import type { RecentExecution } from './read-usual.ts';
import type { Reopening } from './reopen.ts';
import type { NewRepository, RepositoryRecord } from './repositories.ts';
import type { RerunOutcome, RerunWish } from './rerun.ts';
import type { Retention } from './retention.ts';
import type { RunRecord } from './run-record.ts';
import type { RunSearch } from './search.ts';
import type { TestStore } from './tests.ts';
import type { Vault } from './vault.ts';

/**
 * Everything the dispatcher must not forget. Each method is one transaction (those of a moment may share one, a
 * savepoint each); when its promise is fulfilled the change is on the disk. Methods may be called concurrently.
 * Rejected with `StoreFullError` when the disk is full: nothing was changed, and later calls may succeed.
 */
export interface Store {
  /** Where `LogFiles` keeps the logs of a few lines. */
  readonly smallLogs: SmallLogs;
  /** Secrets and variables. */
  readonly vault: Vault;
  readonly credentials: CredentialStore;
  /** What jobs keep for later jobs and for people. */
  readonly artifacts: Artifacts;
  /** What test reports said. */
  readonly tests: TestStore;
  /** Finds runs by text. */
  readonly search: RunSearch;
  /** Removes what is old. */
  readonly retention: Retention;
  /** @throws {RepositoryExistsError} if the name is taken. */
  addRepository(repository: NewRepository, at: Date): Promise<RepositoryRecord>;
  /** Changes sources, git folder or secret of a repository. */
  updateRepository(
    id: number,
    change: Partial<Pick<RepositoryRecord, 'sources' | 'gitDir' | 'secret' | 'baseline'>>,
  ): Promise<RepositoryRecord>;
  /** Forgets a repository and its secrets; its runs stay. Waiting jobs of it are cancelled. Undefined if there is none. */
  removeRepository(id: number, at: Date): Promise<Forgotten | undefined>;
  repositories(): Promise<readonly RepositoryRecord[]>;

  /**
   * Makes the runs of a push, in order, in one transaction. A run that is there already is returned as it is (one that
   * was left out, and has a plan now, begins); the trigger joins its `sources`. A plan without jobs is a completed run with conclusion `skipped`, or `error` if the
   * plan says so.
   * @returns the ids of the runs, in the order of the commits.
   */
  dispatch(dispatch: NewDispatch, at: Date): Promise<readonly number[]>;
  /**
   * Makes a real run of one that was left out by the policy or the limit: it keeps its number, and is its next attempt.
   * False: it is not left out (any more).
   */
  reopen(run: number, reopening: Reopening, at: Date): Promise<boolean>;
  /** A tree passed in a run that this store knows nothing of: another run with this fingerprint takes that over. */
  rememberVerdict(
    verdict: { readonly repository: number; readonly fingerprint: string; readonly durationMs: number },
    at: Date,
  ): Promise<void>;
  /** Forgets old verdicts: after 90 days, and beyond 100,000. */
  tidyVerdicts(at: Date): Promise<void>;
  /** By the id of the repository. */
  savings(): Promise<ReadonlyMap<number, ReuseSavings>>;
  /** The runs that a push made of these commits of a repository, by sha; only those that have any. */
  knownRuns(repository: number, shas: readonly string[]): Promise<ReadonlyMap<string, readonly KnownRun[]>>;

  /**
   * Leases up to `count` queued jobs: by priority, then the repository with the fewest running jobs, then tips of refs
   * before commits in between, then the oldest; only those whose labels the runner has. The cost does not depend on
   * how many wait.
   */
  claim(request: ClaimRequest, count: number): Promise<readonly ClaimedJob[]>;
  /** The first process of an execution exists. False: it is stale. */
  started(job: number, execution: number, at: Date): Promise<boolean>;
  step(job: number, execution: number, step: StepRecord): Promise<boolean>;
  /** Moves the expiry of these executions, if they are still held by this runner; returns those that are not. */
  extend(runner: string, executions: readonly ExecutionName[], expiresAt: Date): Promise<readonly ExecutionName[]>;
  /** The one place that finishes a job, and with its last job the run. Under an old execution: kept as evidence. */
  finish(result: FinishedExecution, at: Date): Promise<FinishOutcome>;
  /**
   * The runner is known not to have it any more: queued again, or ended with `error` after `maxLost` lost executions. An exclusive
   * job ends with its first one: it may have been done already.
   */
  lose(executions: readonly ExecutionName[], why: string, maxLost: number, at: Date): Promise<readonly RunRecord[]>;
  /** Their runner has not begun them and does not have them any more: they are queued again, and nothing was lost. */
  giveBack(executions: readonly ExecutionName[], why: string, at: Date): Promise<readonly RunRecord[]>;
  /**
   * Asks for the end of a run: jobs that wait are cancelled, runners are told of those under way. Jobs whose conditions
   * hold for a cancelled run (`always()`, `cancelled()`) run or go on; asked again, they end too. Undefined: there is no
   * such run. @throws {RunCompletedError}
   */
  cancel(run: number, why: string, at: Date): Promise<CancelOutcome | undefined>;
  /**
   * Lets a run begin that was held for a person; undefined: there is no such run.
   * @throws {NotHeldError} @throws {RunMovedError} it is for another commit. @throws {RunCompletedError}
   */
  approve(run: number, approval: Approval, at: Date): Promise<RunRecord | undefined>;
  /** Runs of a pull request that wait for a person's word, by its number, oldest first. */
  heldRunsOfPull(repository: number, pull: number): Promise<readonly HeldRun[]>;
  /**
   * Tries a run that is over again: the same run, its next attempt. With `failedOnly` only jobs that did not succeed and
   * what comes after them; the others keep their results. Undefined: there is no such run.
   * @throws {RunNotCompletedError} @throws {NothingToRerunError}
   */
  rerun(run: number, which: RerunWish, at: Date): Promise<RerunOutcome | undefined>;
  /** Everything under way, of one runner or of all. */
  openExecutions(runner?: string): Promise<readonly OpenExecution[]>;
  /** One fresh lease for everything under way; after a restart, since time went on while nobody could heartbeat. */
  extendAll(expiresAt: Date): Promise<void>;

  runs(filter: RunFilter): Promise<readonly RunRecord[]>;
  run(id: number): Promise<RunDetail | undefined>;
  job(id: number): Promise<JobRecord | undefined>;
  /** Newest run of every workflow, event, and branch or tag of a commit, over all repositories. */
  runsOfCommit(sha: string): Promise<readonly RunRecord[]>;
  /** The same, each with its jobs. */
  commit(sha: string): Promise<readonly { readonly run: RunRecord; readonly jobs: readonly JobRecord[] }[]>;
  /** Waiting and queued jobs in the order in which they were queued; at most `limit`. */
  queue(limit: number): Promise<{ readonly jobs: readonly QueuedJob[]; readonly total: number }>;
  /** How many jobs wait, by the labels that they ask for. */
  queueLoad(): Promise<readonly QueueLoad[]>;
  runTimes(run: number): Promise<RunTimes | undefined>;
  /** What pushes made of the commits of a branch, oldest first: those among the newest 1,000 runs of the repository. */
  branchRuns(filter: BranchFilter): Promise<readonly BranchRun[]>;
  /** What pushes made of these commits, however long ago, oldest first. */
  branchRunsOf(repository: number, shas: readonly string[]): Promise<readonly BranchRun[]>;
  /** The newest 300 runs of a repository, oldest first. */
  recentRuns(repository: number): Promise<readonly RecentRun[]>;
  /** What jobs usually take, by their names, in milliseconds: medians over those that succeeded in its newest 60 runs. */
  usualJobMs(repository: number): Promise<ReadonlyMap<string, number>>;
  /** Executions of the newest 2,000 jobs, newest first. */
  recentExecutions(): Promise<readonly RecentExecution[]>;
  /** Where the branches of a repository are, those that moved last first; 200 at most. */
  branchTips(repository: number): Promise<readonly BranchTip[]>;
  /** Events after `cursor`, oldest first, at most `limit`. */
  events(cursor: number, limit: number): Promise<readonly EventRecord[]>;
  /** Id of the newest event; 0 if there is none. */
  lastEvent(): Promise<number>;
  /** A runner with these labels is here: jobs that ask for what no runner ever had can be told so. */
  runnerSeen(labels: readonly string[], at: Date): Promise<void>;
  /** The names of the runners that are drained. */
  drainedRunners(): Promise<readonly string[]>;
  /** A runner is drained since `at`; undefined: not any more. Saying it twice is harmless. */
  setDrained(name: string, at: Date | undefined): Promise<void>;
  /** Calls `listener` with each execution that is to end, after the commit; returns what ends it. */
  onCancelled(listener: (cancelled: CancelledExecution) => void): () => void;
  /** Calls `listener` after a commit in which jobs joined the queue that waited before; returns what ends it. */
  onQueued(listener: () => void): () => void;
  /** Calls `listener` after each commit that wrote events; returns what ends it. */
  onEvents(listener: () => void): () => void;
  /** Calls `listener` after each commit with what it took, in milliseconds; returns what ends it. */
  onCommit(listener: (ms: number) => void): () => void;
  /** Does a write reach the disk? Throws what is wrong. */
  check(): Promise<void>;
  close(): Promise<void>;
}
