import type { RunFilter } from './read-runs.ts';
import type { RunRecord } from './run-record.ts';

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
