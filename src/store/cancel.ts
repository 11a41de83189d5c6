import { advanceAll } from './advance-run.ts';
import { cancelJobs } from './cancel-jobs.ts';
import { RunCompletedError } from './errors.ts';
import type { StoreParts } from './parts.ts';
import { beginChange } from './run-change.ts';
import type { RunRecord } from './run-record.ts';
import { findRun, toRunRecord } from './run-rows.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';

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

/** Asks for the end of a run; see {@link Store.cancel}. */
export async function cancel(
  session: Session<Tables>,
  parts: StoreParts,
  run: number,
  why: string,
  at: Date,
): Promise<CancelOutcome | undefined> {
  const row = await findRun(session, run);
  if (row === undefined) return undefined;
  if (row.completed_at !== null) throw new RunCompletedError(row.number, row.conclusion);
  const change = beginChange({ session, parts, run, repository: row.repository_name, at });
  const isForced = row.cancel_reason !== null;
  const jobs = await cancelJobs(change, row, why, isForced);
  const { completed } = await advanceAll(change);
  const now = await findRun(session, run);
  return { run: completed ?? toRunRecord(now ?? row), isForced, ...jobs };
}
