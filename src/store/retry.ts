import type { Kysely } from 'kysely';
import { transition } from '../model/job.ts';
import type { FinishedExecution } from './finished-execution.ts';
import { type JobRow, saveState, stateOf } from './job-rows.ts';
import { enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, tell, tellQueued } from './run-change.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const retriesOf = statement((db: Kysely<Tables>, p: { job: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .select(['jobs.spec', 'jobs.retried', 'runs.cancel_reason'])
    .where('jobs.id', '=', p.job),
);
const countRetry = statement((db: Kysely<Tables>, p: { job: number; retried: number }) =>
  db.updateTable('jobs').set({ retried: p.retried }).where('id', '=', p.job),
);
const markRun = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.updateTable('runs').set({ retried: 1 }).where('id', '=', p.run),
);

/** What a failed job needs to be given away again. */
export interface Retry {
  /** Counted from 1 in each attempt. */
  readonly number: number;
  readonly of: number;
}

/**
 * May a job be executed again after this result? By its settings, and unless it, or its run, is to end, or it is exclusive: what
 * half a deployment did, a second one must not do again unasked. A job that passed costs nothing here.
 */
export async function retryFor(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  { conclusion }: FinishedExecution,
): Promise<Retry | undefined> {
  if ((conclusion !== 'failure' && conclusion !== 'timed_out') || row.state === 'cancelling') return undefined;
  const found = await session.one(retriesOf, { job: row.id });
  if (found === undefined || found.cancel_reason !== null) return undefined;
  const { retries = 0, exclusive } = await parts.specs.read(session, found.spec);
  return exclusive || found.retried >= retries ? undefined : { number: found.retried + 1, of: retries };
}

/** A failed job joins the queue again instead of ending. False: it was changed by somebody else. */
export async function queueAgain(session: Session<Tables>, row: JobRow, execution: number, at: Date): Promise<boolean> {
  return saveState(session, row, transition(stateOf(row), { type: 'retried', execution, at }));
}

/** After its execution was ended: it can be given away, and its run knows. */
export async function retry(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  result: FinishedExecution,
  { number, of }: Retry,
  at: Date,
): Promise<void> {
  const { id: job, run, key, name } = row;
  await session.run(countRetry, { job, retried: number });
  await session.run(markRun, { run });
  await enqueue(session, { job, lane: row.lane, rank: row.rank });
  const change = beginChange({ session, parts, run, repository: row.repository_name, at });
  const { execution, conclusion, reason, exit } = result;
  await tell(change, 'job.retried', { key, name, execution, conclusion, reason, exit, retry: number, of }, job);
  await tellQueued(change, row);
}
