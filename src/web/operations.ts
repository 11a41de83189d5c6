import type { Credential } from '../model/credential.ts';
import type { Forgotten } from '../model/forgotten.ts';
import type { RunnerStatus } from '../model/pool.ts';
import type { Json } from '../model/workflow.ts';
import type { RepositoryRecord } from '../store/repositories.ts';

/** A repository to be watched. */
export interface AddRepositoryInput {
  /** Absolute path of a folder on the server's machine, or a URL. */
  readonly source: string;
  /** Full name; default: made from the source. */
  readonly name?: string;
  /** Secret of its webhooks; default: a new one is made. */
  readonly secret?: string;
  /** With what git is let in there. */
  readonly credential?: Credential;
}

/** A workflow to be started by hand. */
export interface DispatchWorkflowInput {
  /** Name of its file, its path, or its name. */
  readonly workflow: string;
  /** Branch or tag; default: the default branch. */
  readonly ref?: string;
  readonly inputs: { readonly [name: string]: Json };
  /** Who wants it. */
  readonly actor?: string;
}

/** A line of `on.schedule` of a workflow file. */
export interface KnownSchedule {
  readonly path: string;
  readonly workflow: string;
  readonly cron: string;
  readonly timezone: string;
  readonly next: Date | null;
}

/** An event of a program's own making. */
export interface DispatchEventInput {
  readonly eventType: string;
  readonly clientPayload: { readonly [name: string]: Json };
  readonly actor?: string;
}

/** What came of it; `note` says in words why there are no runs. */
export interface DispatchedEvent {
  readonly runs: readonly number[];
  readonly note?: string;
}

/** What became of it that a runner is to take jobs again. */
type ResumeOutcome = 'resumed' | 'leaving' | 'unknown';

/**
 * What the web asks others to do, since it owns nothing itself; the composition root puts the dispatcher and the
 * registry behind it. Called only for those who may.
 */
export interface Operations {
  /** False: a command answers for itself, while no server runs. */
  readonly hasServer?: boolean;
  /** The runners that are connected, or were until a moment ago. Called for each page: cheap. */
  runners(): readonly RunnerStatus[];
  /** Gives a runner no new jobs until it is resumed. False: there is none of this name. */
  drainRunner(name: string): boolean | Promise<boolean>;
  /** Takes that back. `leaving`: it leaves all the same. */
  resumeRunner(name: string): ResumeOutcome | Promise<ResumeOutcome>;
  /**
   * Adds a repository; the same one again is returned as it is.
   * @throws {CiError} with words for the one who asked, e.g. when there is no repository at `source`.
   */
  addRepository(input: AddRepositoryInput): Promise<RepositoryRecord>;
  /** The schedules in the workflow files of a repository; the next one first. */
  schedulesOf(id: number): readonly KnownSchedule[];
  /** Full ref of a repository's default branch, as git tells it; null: it is not known (yet). Called for each page: cheap. */
  defaultBranchOf(id: number): string | null;
  /** Has a repository of this machine the hook, by its git folder? Undefined: there is no such folder (any more). */
  hasHook(gitDir: string): Promise<boolean | undefined>;
  /** The commits of the branch whose tip is `sha`, oldest first; none if they cannot be read here. */
  lineOf(repository: number, sha: string): Promise<readonly string[]>;
  /** What was merged into that branch: the commits that did, each with those that it brought in. */
  mergesOf(repository: number, sha: string): Promise<ReadonlyMap<string, readonly string[]>>;
  /** Paths that differ between a commit and where it left `base` (null: the default branch); undefined: it cannot be told. */
  changedFiles(repository: number, sha: string, base: string | null): Promise<readonly string[] | undefined>;
  /** A file as it is in a commit, up to 1 MB, from the repository as it is here; undefined: there is none. */
  fileAt(repository: number, sha: string, path: string): Promise<string | undefined>;
  /**
   * Starts a workflow by hand; the id of its run.
   * @throws {CiError} with words: there is no such ref or workflow, it cannot be started by hand, an input does not fit.
   */
  dispatchWorkflow(repository: RepositoryRecord, input: DispatchWorkflowInput): Promise<number>;
  /** Tells workflows of an event of a program's own; the ids of the runs, or why there are none. @throws {CiError} */
  dispatchEvent(repository: RepositoryRecord, input: DispatchEventInput): Promise<DispatchedEvent>;
  /** Forgets with what git is let in at a repository. False: there is nothing. */
  removeCredential(id: number): Promise<boolean>;
  /** Forgets a repository and its secrets; its runs stay. Undefined: there is none. */
  removeRepository(id: number): Promise<Forgotten | undefined>;
}
