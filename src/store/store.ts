import type { Conclusion, Exit, Status } from '../model/conclusion.ts';
import type { CommitVerdict } from '../model/culprit.ts';
import type { JobInRun } from '../model/expansion.ts';
import type { Annotation, TestCase } from '../model/findings.ts';
import type { JobSpec, Plan } from '../model/plan.ts';
import type { Trigger } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import type { Artifacts } from './artifacts.ts';
import type { CredentialStore } from './credentials.ts';
import type { SmallLogs } from './log-store.ts';
import type { Retention } from './retention.ts';
import type { TestStore } from './tests.ts';
import type { Vault } from './vault.ts';

/** A repository that is watched. */
export interface RepositoryRecord {
  readonly id: number;
  /** `owner/name`; a local folder `/x/y/app` is `local/app`. Unique. */
  readonly name: string;
  /** Folders (absolute) and URLs where it can be had; the first is asked first. */
  readonly sources: readonly string[];
  /** Git folder of the first local source; null for a repository that is only remote. */
  readonly gitDir: string | null;
  readonly secret: string;
  /** Refs when it was added: what is reachable from there is not new. */
  readonly baseline: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

/** What `addRepository` needs. */
export type NewRepository = Omit<RepositoryRecord, 'id' | 'createdAt'>;

/** One commit of a push with its plan; for one that is not tested, a plan without jobs that says why. */
export interface DispatchedCommit {
  readonly sha: string;
  /** Id of the commit's tree; null where it is not known (the commit is skipped). */
  readonly tree: string | null;
  readonly title: string;
  readonly author: string;
  readonly committedAt: Date;
  /** When the observer knew of it. Default: `receivedAt` of the dispatch. */
  readonly receivedAt?: Date;
  readonly plan: Plan;
  /** The event as a forge sends it, for expressions. Default: empty. */
  readonly payload?: { readonly [key: string]: Json };
  /** Who caused it: a login or a name. Default: the author. */
  readonly actor?: string;
}

/** A run that a commit has already, as far as it identifies one. */
export interface KnownRun {
  readonly workflow: string;
  readonly keyRef: string;
  /** It was skipped: by the policy, or since there was nothing to do. */
  readonly isSkipped: boolean;
  /** It was skipped by the policy or the limit, before its files were read. */
  readonly isLeftOut: boolean;
  /** It is for a purpose of this program's own: other workflows of the commit were not looked at, or it can wait long. */
  readonly isPartial: boolean;
}

/** Whose green verdict a run took over; nulls: `signalbox run` of the same machine. */
export interface ReusedFrom {
  readonly run: number | null;
  readonly number: number | null;
}

/** What taking over verdicts saved a repository, and what it would have saved where that is off. */
export interface ReuseSavings {
  readonly runs: number;
  readonly savedMs: number;
  readonly wouldSaveRuns: number;
  readonly wouldSaveMs: number;
}

/** How a run that was left out is tested after all. */
export interface Reopening extends Pick<DispatchedCommit, 'tree' | 'plan' | 'payload' | 'actor'> {
  /** Below 0: after everything else that waits. */
  readonly priority: number;
  /** What for, in words: `to find since when main is broken`. */
  readonly purpose: string;
}

/** A push to be stored: one run per commit and plan, unless it is there already. */
export interface NewDispatch {
  readonly repository: number;
  readonly event: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly trigger: Trigger;
  readonly receivedAt: Date;
  /** Oldest first, one entry per commit and plan; run numbers follow this order. The last commit is the tip of the ref. */
  readonly commits: readonly DispatchedCommit[];
  /** Part of a run's identity: empty for a push, the delivery id for a manual dispatch. Default ''. */
  readonly occurrence?: string;
}

/** A run as people see it; the field names of the API are made from these in `src/web`. */
export interface RunRecord {
  readonly id: number;
  /** Counts up per repository, in the order of commits. */
  readonly number: number;
  readonly repository: string;
  readonly repositoryId: number;
  readonly workflow: string;
  readonly event: string;
  readonly trigger: Trigger;
  readonly sources: readonly Trigger[];
  readonly ref: string;
  readonly sha: string;
  readonly title: string;
  readonly author: string;
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  /** Why it was skipped or could not be tested, in words. */
  readonly reason: string | null;
  /** Why this program executes it though nobody asked for it: `to find since when main is broken`; null for all others. */
  readonly purpose: string | null;
  /** Whose verdict it took over instead of being executed; null for all others. */
  readonly reusedFrom: ReusedFrom | null;
  /** Path of its workflow file; null for found tests. */
  readonly path: string | null;
  /** What tells it from other runs of the same event on the same commit; see {@link NewDispatch}. */
  readonly occurrence: string;
  /** Who caused it; null where that is not known. */
  readonly actor: string | null;
  /** Why it waits for a person before anything of it begins, in words; null: it does not. */
  readonly held: string | null;
  /** Who let it begin, and when; null: nobody had to. */
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly attempt: number;
  /** Who asked for this attempt, as they called themselves; null: nobody had to, or it is not known. */
  readonly askedBy: string | null;
  /** A job of it failed and was executed again by itself: a success is not a plain one. */
  readonly isRetried: boolean;
  readonly createdAt: Date;
  readonly committedAt: Date;
  readonly receivedAt: Date;
  /** Of this attempt: a later one is dispatched when somebody asks for it. */
  readonly dispatchedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}

/** One step of the last execution of a job. */
export interface StepRecord {
  readonly index: number;
  readonly name: string;
  readonly conclusion: Conclusion | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly exit: Exit | null;
  readonly logOffset: number;
}

/** One try of a job on one runner. `outcome` null: it is under way; `returned`: it was given back before it had begun. */
export interface ExecutionRecord {
  readonly number: number;
  readonly runner: string;
  readonly leasedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** `finished`: its result counts. `lost`: its runner was lost. `stale`: it finished, too late, after it was lost. */
  readonly outcome: 'finished' | 'lost' | 'stale' | 'returned' | null;
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly exit: Exit | null;
  readonly logBytes: number;
  readonly logBytesDropped: number;
  readonly leftovers: readonly string[];
  /** Since when its log is not kept any more; null: it is there. */
  readonly logRemovedAt: Date | null;
}

/** A job with its steps and executions. */
export interface JobRecord {
  readonly id: number;
  readonly runId: number;
  readonly key: string;
  readonly name: string;
  readonly needs: readonly string[];
  readonly labels: readonly string[];
  /** `waiting` and `leased` are inner states that people see as queued. */
  readonly state: 'waiting' | 'queued' | 'leased' | 'running' | 'cancelling' | 'completed';
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly runner: string | null;
  /** It failed in this attempt and was executed again by itself. */
  readonly isRetried: boolean;
  /** Number of the newest execution; 0 if there was none. */
  readonly execution: number;
  readonly queuedAt: Date | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  readonly steps: readonly StepRecord[];
  readonly executions: readonly ExecutionRecord[];
  /** A `call` has no executions: it is over when the jobs of the workflow that it calls are. */
  readonly kind: 'job' | 'call';
  /** Id of the job in its workflow file; null for found tests. */
  readonly definition: string | null;
  /** Id of the call whose workflow it is part of; null at the top. */
  readonly parent: number | null;
  /** False: nothing is decided about it yet, since what it needs is not over. */
  readonly isExpanded: boolean;
  /** Of one leg of a matrix. */
  readonly matrix: { readonly [name: string]: Json } | null;
  readonly environment: string | null;
  /** Its failure does not fail the run. */
  readonly continueOnError: boolean;
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  /** Markdown; null where it wrote none. */
  readonly summary: string | null;
}

/** Filters of the list of runs; all that are given must fit. */
export interface RunFilter {
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly status?: Status;
  readonly conclusion?: Conclusion;
  /** Only runs with an id below this one. */
  readonly before?: number;
  /** 1 to 100; default 100. */
  readonly limit?: number;
}

/** Filters of a search; all that are given must fit. */
export interface SearchFilter extends RunFilter {
  /** Words that are all found in title, author, repository, branch, workflow or, at its beginning, sha; or in the name of a test. */
  readonly q?: string;
  /** Part of name or address of the author. */
  readonly author?: string;
}

/** A test by whose name a run was found. */
export interface FoundTest {
  readonly run: number;
  readonly suite: string;
  readonly name: string;
  /** It failed in the run; else this is the last one in which it ran. */
  readonly hasFailed: boolean;
}

/** A page of what was found. */
export interface FoundRuns {
  /** Newest first. A run is found by the name of a test that failed in it; one that never failed finds the last run that had it. */
  readonly runs: readonly RunRecord[];
  /** `before` of the next page, null at the end. A page may be short, or empty, and not be the last: a search does not take for ever. */
  readonly next: number | null;
  readonly tests: readonly FoundTest[];
}

/** Finds runs. */
export interface RunSearch {
  /** In steps of some milliseconds, between which others read. */
  runs(filter: SearchFilter): Promise<FoundRuns>;
  /**
   * Takes some more into the index, in some milliseconds. False: all is in it. What is not yet is found all the same, if
   * it is not too much.
   */
  index(): Promise<boolean>;
}

/** Which runs of a branch are asked for. */
export interface BranchFilter {
  /** Id of the repository. */
  readonly repository: number;
  /** Number of the newest run. Default: the newest there is. */
  readonly upTo?: number;
  /** How many runs of the repository are looked at. Default, and at most: 1 000. */
  readonly lookBack?: number;
}

/** Where a branch is. */
export interface BranchTip {
  readonly ref: string;
  readonly sha: string;
}

/** A run that a push made, as far as it says something of its branch. */
export interface BranchRun extends CommitVerdict {
  /** The one run of its commit, whatever ref brought it: found tests. */
  readonly isOfCommit: boolean;
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
  /** It was skipped by the policy or the limit, before its files were read: it may concern any workflow. */
  readonly isLeftOut: boolean;
  /** Per repository. */
  readonly number: number;
  readonly ref: string;
  readonly title: string;
  readonly reason: string | null;
  /** Why this program executes it though nobody asked for it; null for all others. */
  readonly purpose: string | null;
  /** When it was completed, else made. */
  readonly at: Date;
}

/** A run as far as a list of what goes on tells of it. */
export interface RecentRun
  extends Pick<RunRecord, 'id' | 'number' | 'event' | 'ref' | 'sha' | 'title' | 'author' | 'status' | 'conclusion'>,
    Pick<RunRecord, 'reason' | 'isRetried' | 'createdAt' | 'startedAt' | 'completedAt'> {
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
}

/** Who asks for a job. */
export interface ClaimRequest {
  readonly runner: string;
  readonly labels: readonly string[];
  /** Only jobs of this repository, and of found tests; for classic runners. */
  readonly repository?: number;
  readonly leaseMs: number;
  readonly now: Date;
}

/** A job that was given to a runner: leased, under this execution. */
export interface ClaimedJob {
  readonly job: number;
  readonly execution: number;
  readonly spec: JobSpec;
  readonly sha: string;
  readonly tree: string | null;
  readonly repository: RepositoryRecord;
  readonly run: {
    readonly id: number;
    readonly number: number;
    readonly attempt: number;
    readonly event: string;
    readonly ref: string;
  };
  /** Of a workflow's job: what its contexts are made of. */
  readonly workflow?: JobInRun;
}

/** What the store needs of a result; the wire's `ExecutionResult` with dates. */
export interface FinishedExecution {
  readonly job: number;
  readonly execution: number;
  readonly conclusion: Conclusion;
  readonly reason: string | null;
  readonly exit: Exit | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date;
  readonly logBytes: number;
  readonly logBytesDropped: number;
  readonly steps: readonly StepRecord[];
  readonly leftovers: readonly string[];
  /** What a workflow's job says beyond its verdict. */
  readonly outputs?: Readonly<Record<string, string>>;
  readonly annotations?: readonly Annotation[];
  /** Markdown. */
  readonly summary?: string;
  readonly tests?: readonly TestCase[];
}

/** An execution that is under way, as the store has it. */
export interface OpenExecution {
  readonly job: number;
  readonly execution: number;
  readonly runner: string;
  readonly state: 'leased' | 'running' | 'cancelling';
  readonly expiresAt: Date;
  /** When the job's own bound is over, counted from its start; null before it started. The server enforces it too. */
  readonly timeoutAt: Date | null;
  readonly exclusive: boolean;
  /** Why it is being cancelled. */
  readonly why?: string;
}

/** An execution that is to end: its runner is to be told. */
export interface CancelledExecution {
  readonly job: number;
  readonly execution: number;
  readonly runner: string;
  /** In words. */
  readonly why: string;
}

/** A job that waits: for the `queue` command and the page. */
export interface QueuedJob {
  readonly job: number;
  readonly run: number;
  readonly runNumber: number;
  readonly repository: string;
  readonly name: string;
  readonly sha: string;
  readonly ref: string;
  readonly title: string;
  readonly labels: readonly string[];
  readonly queuedAt: Date;
  /** True when it waits for other jobs of its run, with their keys. */
  readonly waitsFor: readonly string[];
  /** What else it waits for, in words: a place among the legs of its matrix, its turn in a concurrency group. */
  readonly why?: string;
  /** Its run waits for a person who lets it begin. */
  readonly isHeld?: true;
  /** The run that has its turn in the concurrency group. */
  readonly behind?: { readonly run: number; readonly number: number };
  /** How many executions it lost already. */
  readonly executions: number;
}

/** What a runner executed lately: of the newest 2,000 jobs of all. */
export interface RecentExecution {
  readonly job: number;
  readonly run: number;
  readonly runner: string;
  readonly outcome: ExecutionRecord['outcome'];
  readonly conclusion: Conclusion | null;
  readonly queuedAt: Date | null;
  readonly leasedAt: Date;
}

/** Jobs that wait and ask for the same labels. */
export interface QueueLoad {
  /** Null: they wait for other jobs of their runs, whatever they will ask for. */
  readonly labels: readonly string[] | null;
  readonly jobs: number;
  /** Since when the one with the lowest id waits; null where it is not in the queue of runners yet. */
  readonly oldestAt: Date | null;
}

/** When a run came and began. */
export interface RunTimes {
  readonly trigger: Trigger;
  readonly attempt: number;
  readonly committedAt: Date;
  readonly receivedAt: Date;
  readonly startedAt: Date | null;
}

/** What can happen; the `type` of an {@link EventRecord}. Past tense. */
export type EventType =
  | 'repository.added'
  | 'repository.removed'
  | 'run.queued'
  | 'run.sourced' // another source told of it
  | 'run.approved' // a person let it begin
  | 'run.started'
  | 'run.cancelling' // somebody, or a newer run, asked for its end
  | 'run.completed'
  | 'job.queued'
  | 'job.leased'
  | 'job.started'
  | 'job.cancelling' // its runner is told to end it
  | 'job.lost'
  | 'job.retried' // it failed and is executed again
  | 'job.finished'
  | 'execution.stale'
  | 'step.started'
  | 'step.finished'
  | 'ref.moved' // a branch, to a commit that has its run already
  | 'ref.deleted';

/** One entry of the append-only log of what happened; written in the transaction of what it tells. */
export interface EventRecord {
  /** Counts up without end; the cursor of whoever reads. */
  readonly id: number;
  readonly at: Date;
  readonly type: EventType;
  readonly repository: string | null;
  readonly run: number | null;
  readonly job: number | null;
  /** More, for people and programs; JSON. Of a run's events: number, sha, title, status, conclusion. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What came of a result. `runCompleted`: it was the last job of its run. */
export type FinishOutcome =
  | { readonly outcome: 'accepted'; readonly runCompleted: RunRecord | null; readonly unblocked: boolean }
  | { readonly outcome: 'stale' };

/** A person's word for code of a stranger. */
export interface Approval {
  /** Who gives it, for people. */
  readonly by: string;
  /** The commit that was looked at: no other is approved with it. */
  readonly sha: string;
}

/** What came of cancelling a run: its jobs, by name. */
export interface CancelOutcome {
  /** As it is now. */
  readonly run: RunRecord;
  /** It was the second time: nothing is spared. */
  readonly isForced: boolean;
  /** Over with that. */
  readonly ended: readonly string[];
  /** Their runners are told. */
  readonly stopping: readonly string[];
  /** They go on, or are decided later, since their conditions may hold for a cancelled run. */
  readonly kept: readonly string[];
}

/** What came of trying a run again: its jobs, by name, as they were called before. */
export interface RerunOutcome {
  /** As it is now. */
  readonly run: RunRecord;
  readonly rerun: readonly string[];
  /** Their results stay. */
  readonly kept: readonly string[];
}

/** How a former attempt of a run ended. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** Who asked for it, as they called themselves. */
  readonly askedBy: string | null;
}

/** What of a run is tried again, and who wants it. */
export interface RerunWish {
  readonly failedOnly: boolean;
  /** As they call themselves; null: it is not known. */
  readonly by?: string | null;
}

/** A run with all that its page shows. */
export interface RunDetail {
  readonly run: RunRecord;
  /** Those of the present attempt, in the order of the workflow file; each call is followed by the jobs in it. */
  readonly jobs: readonly JobRecord[];
  /** Before the present one, oldest first. */
  readonly attempts: readonly AttemptRecord[];
  /** What GitHub does with its workflow file and this program does not, in words. */
  readonly differences: readonly string[];
  /** Page of the pull request that it is for, while it waits for a person; null: there is none, or it is not known. */
  readonly pullUrl: string | null;
  /** The commit that it is to be compared with, likewise. */
  readonly pullBase: string | null;
}

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
    change: Partial<Pick<RepositoryRecord, 'sources' | 'gitDir' | 'secret'>>,
  ): Promise<RepositoryRecord>;
  /** Forgets a repository; its runs stay. Waiting jobs of it are cancelled. False if there is none. */
  removeRepository(id: number, at: Date): Promise<boolean>;
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
  extend(
    runner: string,
    executions: readonly { readonly job: number; readonly execution: number }[],
    expiresAt: Date,
  ): Promise<readonly { readonly job: number; readonly execution: number }[]>;
  /** The one place that finishes a job, and with its last job the run. Under an old execution: kept as evidence. */
  finish(result: FinishedExecution, at: Date): Promise<FinishOutcome>;
  /** The runner is known not to have it any more: queued again, or ended with `error` after `maxLost` lost executions. */
  lose(
    executions: readonly { readonly job: number; readonly execution: number }[],
    why: string,
    maxLost: number,
    at: Date,
  ): Promise<readonly RunRecord[]>;
  /** Their runner has not begun them and does not have them any more: they are queued again, and nothing was lost. */
  giveBack(
    executions: readonly { readonly job: number; readonly execution: number }[],
    why: string,
    at: Date,
  ): Promise<readonly RunRecord[]>;
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
  /** Newest run of every workflow of a commit, over all repositories. */
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
