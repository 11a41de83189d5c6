import type { Kysely } from 'kysely';
import { type JobState, transition } from '../model/job.ts';
import { advanceRun } from './advance-run.ts';
import { endExecution } from './end-execution.ts';
import { findJob, holds, type JobRow, saveState, stateOf } from './job-rows.ts';
import { enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import type { ExecutionName } from './progress.ts';
import type { RunRecord } from './run-record.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const lostReasons = statement((db: Kysely<Tables>, p: { job: number }) =>
  db
    .selectFrom('executions')
    .select(['runner', 'reason'])
    .where('job', '=', p.job)
    .where('outcome', 'in', ['lost', 'stale'])
    .orderBy('number'),
);

const environmentOf = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('legs').select('environment').where('job', '=', p.job),
);

/** How executions are taken away. */
interface Taking {
  /** Why, in words. */
  readonly why: string;
  /** After so many lost ones the job is over; undefined: these were given back, and do not count. */
  readonly maxLost: number | undefined;
  readonly at: Date;
}

/** Their runner is known not to have them any more; see {@link Store.lose}. */
export function lose(
  session: Session<Tables>,
  parts: StoreParts,
  executions: readonly ExecutionName[],
  why: string,
  maxLost: number,
  at: Date,
): Promise<RunRecord[]> {
  return takeAll(session, parts, executions, { why, maxLost, at });
}

/** Their runner has not begun them; see {@link Store.giveBack}. */
export function giveBack(
  session: Session<Tables>,
  parts: StoreParts,
  executions: readonly ExecutionName[],
  why: string,
  at: Date,
): Promise<RunRecord[]> {
  return takeAll(session, parts, executions, { why, maxLost: undefined, at });
}

async function takeAll(
  session: Session<Tables>,
  parts: StoreParts,
  executions: readonly ExecutionName[],
  taking: Taking,
): Promise<RunRecord[]> {
  const completed: RunRecord[] = [];
  for (const name of executions) {
    const run = await takeOne(session, parts, name, taking);
    if (run !== null) completed.push(run);
  }
  return completed;
}

async function takeOne(
  session: Session<Tables>,
  parts: StoreParts,
  { job, execution }: ExecutionName,
  { why, maxLost, at }: Taking,
): Promise<RunRecord | null> {
  const row = await findJob(session, job);
  if (row === undefined || !holds(row, execution)) return null;
  const isReturned = maxLost === undefined;
  const lost = isReturned ? row.lost : row.lost + 1;
  // what half a deployment did, a second one must not do again unasked
  const retry = isReturned || (lost < maxLost && row.is_exclusive !== 1);
  const next = transition(stateOf(row), { type: 'lost', execution, retry, at });
  const reason = await reasonOf(session, row, next, why);
  if (!(await saveState(session, row, next, { lost, reason }))) return null;
  const empty = { conclusion: null, exit: null, log_bytes: 0, log_bytes_dropped: 0, leftovers: '[]' };
  const times = { started_at: row.lease_started_at, completed_at: +at };
  await endExecution(session, row, {
    outcome: isReturned ? 'returned' : 'lost',
    reason: why,
    steps: row.steps ?? '[]',
    ...times,
    ...empty,
  });
  const data = { key: row.key, name: row.name, execution, runner: row.lease_runner, reason: why };
  const event = { at, repository: row.repository_name, run: row.run, job };
  if (!isReturned) await parts.events.write(session, { ...event, type: 'job.lost', data });
  if (next.status === 'queued') {
    await enqueue(session, { job, lane: row.lane, rank: row.rank });
    await parts.events.write(session, { ...event, type: 'job.queued', data: { key: row.key, name: row.name } });
    return null;
  }
  const conclusion = next.status === 'completed' ? next.conclusion : null;
  await parts.events.write(session, { ...event, type: 'job.finished', data: { ...data, conclusion, reason } });
  return (await advanceRun(session, parts, row, at)).completed;
}

/** Why the job ends, in words; null if it is queued again. */
async function reasonOf(session: Session<Tables>, row: JobRow, next: JobState, why: string): Promise<string | null> {
  if (next.status !== 'completed') return null;
  if (next.conclusion === 'cancelled') return row.cancel_reason;
  if (row.is_exclusive === 1) return reasonOfExclusive(session, row, why);
  const earlier = await session.all(lostReasons, { job: row.id });
  const all = [...earlier, { runner: row.lease_runner, reason: why }];
  const words = all.map(({ runner, reason }) => `${runner}: ${reason}`).join('; ');
  return all.length === 1
    ? `its runner was lost while it ran it: ${words}`
    : `${all.length} runners were lost while they ran it: ${words}`;
}

/** A person has to look what was done; then they can ask for the rest. */
async function reasonOfExclusive(session: Session<Tables>, row: JobRow, why: string): Promise<string> {
  const environment = (await session.one(environmentOf, { job: row.id }))?.environment;
  const doing = environment == null ? 'it ran this' : `it deployed to ${environment}`;
  const rerun = `signalbox rerun ${row.run} --failed`;
  return `the runner ${row.lease_runner} was lost while ${doing}: ${why}. It was not begun again, since it may have been done already, in part or in full; \`${rerun}\` does so`;
}
