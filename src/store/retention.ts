import type { StoredRun } from '../model/retention.ts';
import type { LogKey } from './log-store.ts';

/** How many of each kind went. */
export interface RemovedRows {
  readonly runs: number;
  readonly reports: number;
  /** Logs whose files can go now. */
  readonly logs: readonly LogKey[];
  /** Files of artifacts that can go now. */
  readonly artifacts: readonly string[];
  /** Commits that have no run any more. */
  readonly commits: readonly string[];
}

/** A part of all runs, and the documents that these need. */
export interface RunPage {
  /** By falling id. */
  readonly runs: readonly StoredRun[];
  readonly documents: readonly number[];
  /** What their jobs have to do. */
  readonly specs: readonly number[];
}

/** Documents of one kind, which many runs share. */
export interface RetentionShelf {
  /** Notes from now on which of them come into use. Id of the newest one; 0 if there is none. */
  watch(): Promise<number>;
  /** Ids above `after`, at most `limit`. */
  ids(after: number, limit: number): Promise<readonly number[]>;
  /** Forgets those that no run needs, as far as they did not come into use since `watch`. Returns how many. */
  remove(ids: readonly number[]): Promise<number>;
}

/** A step through tests. `last`: where the next one begins after; null: that was the end. */
export interface TrimmedTests {
  readonly last: number | null;
  readonly removed: number;
}

/**
 * Removes what is old, in steps of some milliseconds each. Whoever calls it leaves others their turn between the steps. Files
 * go after the commit that forgets them: what a kill leaves in between, the next look at the folder finds.
 */
export interface Retention {
  /** Runs with ids below `before`, the newest first; at most `limit`. */
  page(before: number, limit: number): Promise<RunPage>;
  /** Forgets runs with all that belongs to them; those that are not over (any more) stay. */
  removeRuns(runs: readonly number[]): Promise<RemovedRows>;
  /** Notes that the logs, and forgets the test reports, of runs that are over. */
  strip(logs: readonly number[], reports: readonly number[], at: Date): Promise<RemovedRows>;
  /** Forgets the oldest events before `cutoff`, at most `limit`; the newest event stays. Returns how many. */
  removeEvents(cutoff: Date, limit: number): Promise<number>;
  /** Workflow files, payloads, inputs. */
  readonly documents: RetentionShelf;
  /** What jobs have to do. */
  readonly specs: RetentionShelf;
  /** Forgets, among the next `limit`, tests that were flaky in runs that are gone. */
  trimFlaky(after: number, limit: number): Promise<TrimmedTests>;
  /** Forgets, among the next `limit`, names of tests that no run has any more. */
  trimNames(after: number, limit: number): Promise<TrimmedTests>;
  /** Which logs of the jobs from `from` to below `to` there have to be. */
  logsOf(from: number, to: number): Promise<readonly LogKey[]>;
}
