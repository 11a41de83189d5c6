import type { RunnerStatus } from '../model/pool.ts';
import type { RepositoryRecord } from '../store/store.ts';

/** A repository to be watched. */
export interface AddRepositoryInput {
  /** Absolute path of a folder on the server's machine, or a URL. */
  readonly source: string;
  /** Full name; default: made from the source. */
  readonly name?: string;
  /** Secret of its webhooks; default: a new one is made. */
  readonly secret?: string;
}

/**
 * What the web asks others to do, since it owns nothing itself; the composition root puts the dispatcher and the
 * registry behind it. Called only for those who may.
 */
export interface Operations {
  /** The runners that are connected, or were until a moment ago. Called for each page: cheap. */
  runners(): readonly RunnerStatus[];
  /** Gives a runner no new jobs. False: there is none of this name. */
  drainRunner(name: string): boolean | Promise<boolean>;
  /**
   * Adds a repository; the same one again is returned as it is.
   * @throws {CiError} with words for the one who asked, e.g. when there is no repository at `source`.
   */
  addRepository(input: AddRepositoryInput): Promise<RepositoryRecord>;
  /** Forgets a repository; its runs stay. False: there is none. */
  removeRepository(id: number): Promise<boolean>;
}
