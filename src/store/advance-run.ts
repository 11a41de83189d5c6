import type { Kysely } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { transition } from '../model/job.ts';
import { advance } from '../model/run.ts';
import { type JobRow, jobsOfRun, saveState, stateOf } from './job-rows.ts';
import { dequeue, enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { findRun, runEventData, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { RunRecord } from './store.ts';
import { NO_LANE, type Tables } from './tables.ts';

const complete = statement(
  (db: Kysely<Tables>, p: { id: number; conclusion: Conclusion; reason: string | null; at: number }) =>
    db
      .updateTable('runs')
      .set({ status: 'completed', conclusion: p.conclusion, reason: p.reason, completed_at: p.at })
      .where('id', '=', p.id)
      .where('completed_at', 'is', null),
);

/** What followed from the facts of a run. */
export interface Advanced {
  /** The run, if this completed it. */
  readonly completed: RunRecord | null;
  /** Did jobs join the queue? */
  readonly unblocked: boolean;
}

/** Does whatever follows from the facts of a run (see the model's `advance`): called after each change of one of its jobs. */
export async function advanceRun(
  session: Session<Tables>,
  parts: StoreParts,
  run: number,
  at: Date,
): Promise<Advanced> {
  let unblocked = false;
  for (;;) {
    const rows = await jobsOfRun(session, run);
    const decision = advance(rows.map((row) => ({ key: row.key, needs: JSON.parse(row.needs), state: stateOf(row) })));
    if (decision.conclusion !== undefined) {
      return { completed: await completeRun(session, parts, run, rows, decision.conclusion, at), unblocked };
    }
    if (decision.unblock.length === 0 && decision.skip.length === 0) return { completed: null, unblocked };
    unblocked ||= decision.unblock.length > 0;
    for (const key of decision.unblock) await unblock(session, parts, byKey(rows, key), at);
    for (const { key, reason } of decision.skip) await skip(session, parts, byKey(rows, key), reason, at);
  }
}

function byKey(rows: readonly JobRow[], key: string): JobRow {
  const row = rows.find((candidate) => candidate.key === key);
  if (row === undefined) throw new Error(`the run has no job ${key}`);
  return row;
}

async function unblock(session: Session<Tables>, parts: StoreParts, row: JobRow, at: Date): Promise<void> {
  if (!(await saveState(session, row, transition(stateOf(row), { type: 'unblocked', at })))) return;
  await dequeue(session, row.id, NO_LANE);
  await enqueue(session, { job: row.id, lane: row.lane, rank: row.rank });
  await tell(session, parts, row, 'job.queued', { key: row.key, name: row.name }, at);
}

async function skip(session: Session<Tables>, parts: StoreParts, row: JobRow, reason: string, at: Date): Promise<void> {
  if (!(await saveState(session, row, transition(stateOf(row), { type: 'skipped', at }), { reason }))) return;
  await dequeue(session, row.id, NO_LANE);
  const data = { key: row.key, name: row.name, conclusion: 'skipped', reason };
  await tell(session, parts, row, 'job.finished', data, at);
}

async function tell(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  type: 'job.queued' | 'job.finished',
  data: Readonly<Record<string, unknown>>,
  at: Date,
): Promise<void> {
  await parts.events.write(session, { at, type, repository: row.repository_name, run: row.run, job: row.id, data });
}

/** The one place that completes a run. Null if it was completed before. */
async function completeRun(
  session: Session<Tables>,
  parts: StoreParts,
  run: number,
  jobs: readonly JobRow[],
  conclusion: Conclusion,
  at: Date,
): Promise<RunRecord | null> {
  const reason = jobs.find((job) => job.conclusion === conclusion && job.reason !== null)?.reason ?? null;
  const last = Math.max(...jobs.map((job) => job.completed_at ?? 0));
  if ((await session.run(complete, { id: run, conclusion, reason, at: last })) === 0) return null;
  const row = await findRun(session, run);
  if (row === undefined) throw new Error(`there is no run ${run}`);
  const data = { ...runEventData(row), status: 'completed', conclusion, reason };
  await parts.events.write(session, { at, type: 'run.completed', repository: row.repository_name, run, data });
  return toRunRecord(row);
}
