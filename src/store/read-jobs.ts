import type { Kysely, Selectable } from 'kysely';
import { findRun, toDate, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import { parseSteps } from './step-text.ts';
import type { ExecutionRecord, JobRecord, RunRecord } from './store.ts';
import type { Tables } from './tables.ts';

function selectJobs(db: Kysely<Tables>) {
  return db
    .selectFrom('jobs')
    .leftJoin('lanes', 'lanes.id', 'jobs.lane')
    .leftJoin('label_sets', 'label_sets.id', 'lanes.label_set')
    .leftJoin('leases', 'leases.job', 'jobs.id')
    .leftJoin('legs', 'legs.job', 'jobs.id')
    .leftJoin('job_results', 'job_results.job', 'jobs.id')
    .selectAll('jobs')
    .select(['label_sets.labels', 'leases.leased_at', 'leases.started_at as lease_started_at', 'leases.steps'])
    .select('leases.execution as lease_execution')
    .select(['legs.matrix', 'legs.environment', 'job_results.outputs', 'job_results.annotations'])
    .select('job_results.summary');
}

const byId = statement((db: Kysely<Tables>, p: { id: number }) => selectJobs(db).where('jobs.id', '=', p.id));
const byRun = statement((db: Kysely<Tables>, p: { run: number }) =>
  selectJobs(db).where('jobs.run', '=', p.run).where('jobs.is_former', '=', 0).orderBy('jobs.id'),
);
const executionsOf = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('executions').selectAll().where('job', '=', p.job).orderBy('number'),
);

type Row = Awaited<ReturnType<ReturnType<typeof selectJobs>['executeTakeFirstOrThrow']>>;
type ExecutionRow = Selectable<Tables['executions']>;

/** A run with its jobs, if there is one. */
export async function readRun(
  session: Session<Tables>,
  id: number,
): Promise<{ readonly run: RunRecord; readonly jobs: readonly JobRecord[] } | undefined> {
  const row = await findRun(session, id);
  if (row === undefined) return undefined;
  const jobs: JobRecord[] = [];
  const rows = await session.all(byRun, { run: id });
  for (const job of inOrder(
    rows.map((each) => callAsItsJobs(each, rows)),
    0,
  ))
    jobs.push(await toJobRecord(session, job));
  return { run: toRunRecord(row), jobs };
}

/** A call has begun when one of its jobs has. */
function callAsItsJobs(row: Row, rows: readonly Row[]): Row {
  if (row.kind !== 'call') return row;
  const starts = rows.filter(({ parent }) => parent === row.id).map((child) => callAsItsJobs(child, rows).started_at);
  const begun = starts.filter((start) => start !== null);
  if (begun.length === 0) return row;
  return { ...row, state: row.state === 'waiting' ? 'running' : row.state, started_at: Math.min(...begun) };
}

/** As in the workflow file, each call followed by the jobs of its workflow. */
function inOrder(rows: readonly Row[], parent: number): readonly Row[] {
  if (rows.every((row) => row.definition === null)) return rows;
  const own = rows.filter((row) => row.parent === parent).sort((a, b) => a.position - b.position || a.id - b.id);
  return own.flatMap((row) => (row.kind === 'call' ? [row, ...inOrder(rows, row.id)] : [row]));
}

/** A job with its steps and executions, if there is one. */
export async function readJob(session: Session<Tables>, id: number): Promise<JobRecord | undefined> {
  const row = await session.one(byId, { id });
  return row && toJobRecord(session, row);
}

async function toJobRecord(session: Session<Tables>, row: Row): Promise<JobRecord> {
  const over = await session.all(executionsOf, { job: row.id });
  const last = over.find((execution) => execution.number === row.execution);
  return {
    ...{ id: row.id, runId: row.run, key: row.key, name: row.name, state: row.state, conclusion: row.conclusion },
    ...{ reason: row.reason, runner: row.runner, execution: row.execution },
    needs: JSON.parse(row.needs),
    labels: JSON.parse(row.labels ?? '[]'),
    queuedAt: toDate(row.queued_at),
    startedAt: toDate(row.started_at),
    completedAt: toDate(row.completed_at),
    steps: parseSteps(row.steps ?? last?.steps ?? '[]'),
    executions: [...over.map(toExecutionRecord), ...openExecution(row)],
    ...graphOf(row),
  };
}

/** What a workflow file made of it. */
function graphOf(row: Row) {
  return {
    ...{ kind: row.kind, definition: row.definition, environment: row.environment, summary: row.summary },
    parent: row.parent === 0 ? null : row.parent,
    isExpanded: row.is_expanded === 1,
    continueOnError: row.continue_on_error === 1,
    matrix: row.matrix === null || row.matrix === '{}' ? null : JSON.parse(row.matrix),
    outputs: JSON.parse(row.outputs ?? '{}'),
    annotations: JSON.parse(row.annotations ?? '[]'),
  };
}

function toExecutionRecord(row: ExecutionRow): ExecutionRecord {
  const { number, runner, outcome, conclusion, reason } = row;
  return {
    ...{ number, runner, outcome, conclusion, reason },
    leasedAt: new Date(row.leased_at),
    startedAt: toDate(row.started_at),
    completedAt: toDate(row.completed_at),
    exit: row.exit === null ? null : JSON.parse(row.exit),
    logBytes: row.log_bytes,
    logBytesDropped: row.log_bytes_dropped,
    leftovers: JSON.parse(row.leftovers),
  };
}

/** The execution that is under way, if there is one. */
function openExecution(row: Row): ExecutionRecord[] {
  if (row.lease_execution === null || row.leased_at === null) return [];
  return [
    {
      ...{ number: row.lease_execution, runner: row.runner ?? '', outcome: null, conclusion: null, reason: null },
      leasedAt: new Date(row.leased_at),
      startedAt: toDate(row.lease_started_at),
      completedAt: null,
      ...{ exit: null, logBytes: 0, logBytesDropped: 0, leftovers: [] },
    },
  ];
}
