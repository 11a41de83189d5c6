import type { Kysely } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { transition } from '../model/job.ts';
import { advance } from '../model/run.ts';
import { jobsOfRun, type RunJobRow, saveState, stateOf } from './job-rows.ts';
import { dequeue, enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { runEventData, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { RunRecord } from './store.ts';
import { NO_LANE, type Tables } from './tables.ts';

const complete = statement(
  (db: Kysely<Tables>, p: { id: number; conclusion: Conclusion; reason: string | null; at: number }) =>
    db
      .updateTable('runs')
      .set({ status: 'completed', conclusion: p.conclusion, reason: p.reason, completed_at: p.at })
      .where('id', '=', p.id)
      .where('completed_at', 'is', null)
      .returningAll(),
);
/** The run that is meant: any of its rows says so. */
type Run = { readonly run: number; readonly repository_name: string };
type Tell = (
  type: 'job.queued' | 'job.finished' | 'run.completed',
  job: number | undefined,
  data: object,
) => Promise<void>;

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
  { run, repository_name }: Run,
  at: Date,
): Promise<Advanced> {
  const tell: Tell = (type, job, data) =>
    parts.events.write(session, {
      ...{ at, type, repository: repository_name, run, data: { ...data } },
      ...(job === undefined ? {} : { job }),
    });
  let unblocked = false;
  for (;;) {
    const rows = await jobsOfRun(session, run);
    const decision = advance(rows.map((row) => ({ key: row.key, needs: JSON.parse(row.needs), state: stateOf(row) })));
    if (decision.conclusion !== undefined) {
      return {
        completed: await completeRun(session, tell, { run, repository_name }, rows, decision.conclusion),
        unblocked,
      };
    }
    if (decision.unblock.length === 0 && decision.skip.length === 0) return { completed: null, unblocked };
    unblocked ||= decision.unblock.length > 0;
    for (const key of decision.unblock) await unblock(session, tell, byKey(rows, key), at);
    for (const { key, reason } of decision.skip) await skip(session, tell, byKey(rows, key), reason, at);
  }
}

function byKey(rows: readonly RunJobRow[], key: string): RunJobRow {
  const row = rows.find((candidate) => candidate.key === key);
  if (row === undefined) throw new Error(`the run has no job ${key}`);
  return row;
}

async function unblock(session: Session<Tables>, tell: Tell, row: RunJobRow, at: Date): Promise<void> {
  if (!(await saveState(session, row, transition(stateOf(row), { type: 'unblocked', at })))) return;
  await dequeue(session, row.id, NO_LANE);
  await enqueue(session, { job: row.id, lane: row.lane, rank: row.rank });
  await tell('job.queued', row.id, { key: row.key, name: row.name });
}

async function skip(session: Session<Tables>, tell: Tell, row: RunJobRow, reason: string, at: Date): Promise<void> {
  if (!(await saveState(session, row, transition(stateOf(row), { type: 'skipped', at }), { reason }))) return;
  await dequeue(session, row.id, NO_LANE);
  await tell('job.finished', row.id, { key: row.key, name: row.name, conclusion: 'skipped', reason });
}

/** The one place that completes a run. Null if it was completed before. */
async function completeRun(
  session: Session<Tables>,
  tell: Tell,
  { run, repository_name }: Run,
  jobs: readonly RunJobRow[],
  conclusion: Conclusion,
): Promise<RunRecord | null> {
  const reason = jobs.find((job) => job.conclusion === conclusion && job.reason !== null)?.reason ?? null;
  const last = Math.max(...jobs.map((job) => job.completed_at ?? 0));
  const row = await session.one(complete, { id: run, conclusion, reason, at: last });
  if (row === undefined) return null;
  await tell('run.completed', undefined, { ...runEventData(row), status: 'completed', conclusion, reason });
  return toRunRecord({ ...row, repository_name });
}
