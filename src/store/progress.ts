import type { Kysely } from 'kysely';
import { transition } from '../model/job.ts';
import type { StepRecord } from './job-record.ts';
import { findJob, holds, type JobRow, saveState, stateOf } from './job-rows.ts';
import type { StoreParts } from './parts.ts';
import { runEventData } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import { parseSteps, stepsText } from './step-text.ts';
import type { Tables } from './tables.ts';

/** An execution that is under way, as the store has it. */
export interface OpenExecution {
  readonly job: number;
  readonly execution: number;
  readonly runner: string;
  readonly state: 'leased' | 'running' | 'cancelling';
  readonly expiresAt: Date;
  /** When the job's own bound is over, counted from its start; null before it started. The server enforces it too. */
  readonly timeoutAt: Date | null;
  readonly exclusive: boolean;
  /** Why it is being cancelled. */
  readonly why?: string;
}

const setLeaseStarted = statement((db: Kysely<Tables>, p: { job: number; at: number }) =>
  db.updateTable('leases').set({ started_at: p.at }).where('job', '=', p.job).where('started_at', 'is', null),
);
const setRunStarted = statement((db: Kysely<Tables>, p: { id: number; at: number }) =>
  db
    .updateTable('runs')
    .set({ status: 'in_progress', started_at: p.at })
    .where('id', '=', p.id)
    .where('started_at', 'is', null)
    .where('completed_at', 'is', null)
    .returning(['number', 'sha', 'title', 'ref', 'workflow', 'trigger']),
);
const setSteps = statement((db: Kysely<Tables>, p: { job: number; steps: string }) =>
  db.updateTable('leases').set({ steps: p.steps }).where('job', '=', p.job),
);
const extendOne = statement(
  (db: Kysely<Tables>, p: { job: number; execution: number; runner: string; expiresAt: number }) =>
    db
      .updateTable('leases')
      .set({ expires_at: p.expiresAt })
      .where('job', '=', p.job)
      .where('execution', '=', p.execution)
      .where('runner', '=', p.runner),
);
const extendEvery = statement((db: Kysely<Tables>, p: { expiresAt: number }) =>
  db.updateTable('leases').set({ expires_at: p.expiresAt }),
);
const open = statement((db: Kysely<Tables>, _: object) =>
  db
    .selectFrom('leases')
    .innerJoin('jobs', 'jobs.id', 'leases.job')
    .select(['leases.job', 'leases.execution', 'leases.runner', 'jobs.state', 'leases.expires_at'])
    .select(['leases.started_at', 'leases.timeout_ms', 'leases.is_exclusive', 'leases.cancel_reason'])
    .orderBy('leases.job'),
);

/** The first process of an execution exists. Saying it again changes nothing. False: the execution is stale. */
export async function started(
  session: Session<Tables>,
  parts: StoreParts,
  job: number,
  execution: number,
  at: Date,
): Promise<boolean> {
  const row = await findJob(session, job);
  if (row === undefined || !holds(row, execution)) return false;
  if (row.lease_started_at !== null) return true;
  if (row.state === 'leased') {
    const next = transition(stateOf(row), { type: 'started', execution, at });
    if (!(await saveState(session, row, next))) return false;
  }
  await session.run(setLeaseStarted, { job, at: +at });
  await tellStart(session, parts, row, at);
  return true;
}

/** A job has started, and with it perhaps its run. */
export async function tellStart(session: Session<Tables>, parts: StoreParts, row: JobRow, at: Date): Promise<void> {
  await startRun(session, parts, row, at);
  const data = { key: row.key, name: row.name, execution: row.lease_execution, runner: row.lease_runner };
  const event = { at, repository: row.repository_name, run: row.run, job: row.id, data };
  await parts.events.write(session, { ...event, type: 'job.started' });
}

async function startRun(session: Session<Tables>, parts: StoreParts, row: JobRow, at: Date): Promise<void> {
  if (row.run_started_at !== null) return;
  const run = await session.one(setRunStarted, { id: row.run, at: +at });
  if (run === undefined) return;
  const data = { ...runEventData(run), status: 'in_progress', conclusion: null };
  const event = { at, repository: row.repository_name, run: row.run, data };
  await parts.events.write(session, { ...event, type: 'run.started' });
}

/** What a step does now. Saying it again changes nothing. False: the execution is stale. */
export async function step(
  session: Session<Tables>,
  parts: StoreParts,
  job: number,
  execution: number,
  record: StepRecord,
  at: Date,
): Promise<boolean> {
  const row = await findJob(session, job);
  if (row === undefined || !holds(row, execution)) return false;
  const former = row.steps ?? '[]';
  const others = parseSteps(former).filter((other) => other.index !== record.index);
  const steps = stepsText([...others, record].sort((a, b) => a.index - b.index));
  if (steps === former) return true;
  await session.run(setSteps, { job, steps });
  const { index, name, conclusion, exit } = record;
  const data = { key: row.key, execution, index, name, conclusion, exit };
  const type = record.completedAt === null ? 'step.started' : 'step.finished';
  await parts.events.write(session, { at, type, repository: row.repository_name, run: row.run, job, data });
  return true;
}

/** Names an execution. */
export interface ExecutionName {
  readonly job: number;
  readonly execution: number;
}

/**
 * Moves expiries; returns those that this runner does not hold. Guarded like a change of state, and none: `transition`
 * says of "extended" that the state stays what it is.
 */
export async function extend(
  session: Session<Tables>,
  runner: string,
  executions: readonly ExecutionName[],
  expiresAt: Date,
): Promise<ExecutionName[]> {
  const lost: ExecutionName[] = [];
  for (const { job, execution } of executions) {
    const changed = await session.run(extendOne, { job, execution, runner, expiresAt: +expiresAt });
    if (changed === 0) lost.push({ job, execution });
  }
  return lost;
}

/** One fresh expiry for everything that is under way. */
export async function extendAll(session: Session<Tables>, expiresAt: Date): Promise<void> {
  await session.run(extendEvery, { expiresAt: +expiresAt });
}

/** Everything under way, of one runner or of all. */
export async function openExecutions(session: Session<Tables>, runner?: string): Promise<OpenExecution[]> {
  const rows = await session.all(open, {});
  return rows
    .filter((row) => runner === undefined || row.runner === runner)
    .map((row) => ({
      ...{ job: row.job, execution: row.execution, runner: row.runner },
      state: row.state as OpenExecution['state'], // a lease is there in these three states only
      expiresAt: new Date(row.expires_at),
      timeoutAt: row.started_at === null ? null : new Date(row.started_at + row.timeout_ms),
      exclusive: row.is_exclusive === 1,
      ...(row.cancel_reason === null ? {} : { why: row.cancel_reason }),
    }));
}
