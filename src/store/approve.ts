import type { Kysely } from 'kysely';
import { advanceAll } from './advance-run.ts';
import { NotHeldError, RunCompletedError, RunMovedError } from './errors.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, tell } from './run-change.ts';
import type { RunRecord } from './run-record.ts';
import { findRun, runEventData, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { takeTurnOfRun } from './take-turns.ts';

/** A person's word for code of a stranger. */
export interface Approval {
  /** Who gives it, for people. */
  readonly by: string;
  /** The commit that was looked at: no other is approved with it. */
  readonly sha: string;
}

const letBegin = statement((db: Kysely<Tables>, p: { id: number; by: string; at: number }) =>
  db
    .updateTable('runs')
    .set({ held: null, reason: null, approved_at: p.at, approved_by: p.by })
    .where('id', '=', p.id)
    .where('held', 'is not', null),
);

/** Lets a run begin that waits for a person; see {@link Store.approve}. */
export async function approve(
  session: Session<Tables>,
  parts: StoreParts,
  id: number,
  { by, sha }: Approval,
  at: Date,
): Promise<RunRecord | undefined> {
  const row = await findRun(session, id);
  if (row === undefined) return undefined;
  if (row.completed_at !== null) throw new RunCompletedError(row.number, row.conclusion);
  if (row.held === null) throw new NotHeldError(row.number, row.approved_by);
  if (row.sha !== sha) throw new RunMovedError(row.number, row.sha);
  await session.run(letBegin, { id, by, at: +at });
  const change = beginChange({ session, parts, run: id, repository: row.repository_name, at });
  await tell(change, 'run.approved', { ...runEventData(row), status: 'queued', conclusion: null, by });
  if (row.concurrency !== null) {
    const group = { repository: row.repository, name: row.concurrency };
    await takeTurnOfRun(change, row, group, row.cancels_in_progress);
  }
  const { completed } = await advanceAll(change);
  const now = await findRun(session, id);
  return completed ?? toRunRecord(now ?? row);
}
