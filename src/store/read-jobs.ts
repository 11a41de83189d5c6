import type { Kysely, Selectable } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { SHA_PATTERN } from '../model/push.ts';
import type { WorkflowDefinition } from '../model/workflow.ts';
import { inFileOrder } from './job-order.ts';
import type { ExecutionRecord, JobRecord } from './job-record.ts';
import type { StoreParts } from './parts.ts';
import { runsOfCommit } from './read-runs.ts';
import type { RunRecord } from './run-record.ts';
import { findRun, toDate, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import { parseSteps } from './step-text.ts';
import type { Tables } from './tables.ts';

/** How a former attempt of a run ended. */
export interface AttemptRecord {
  readonly attempt: number;
  readonly conclusion: Conclusion | null;
  readonly reason: string | null;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
  /** Who asked for it, as they called themselves. */
  readonly askedBy: string | null;
}

/** A run with all that its page shows. */
export interface RunDetail {
  readonly run: RunRecord;
  /** Those of the present attempt, in the order of the workflow file; each call is followed by the jobs in it. */
  readonly jobs: readonly JobRecord[];
  /** Before the present one, oldest first. */
  readonly attempts: readonly AttemptRecord[];
  /** What GitHub does with its workflow file and this program does not, in words. */
  readonly differences: readonly string[];
  /** Page of the pull request that it is for, while it waits for a person; null: there is none, or it is not known. */
  readonly pullUrl: string | null;
  /** The commit that it is to be compared with, likewise. */
  readonly pullBase: string | null;
}

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

const attemptsOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('attempts').selectAll().where('run', '=', p.run).orderBy('attempt'),
);

type Row = Awaited<ReturnType<ReturnType<typeof selectJobs>['executeTakeFirstOrThrow']>>;
type ExecutionRow = Selectable<Tables['executions']>;

/** A run with its jobs, if there is one. */
export async function readRun(
  session: Session<Tables>,
  { documents }: Pick<StoreParts, 'documents'>,
  id: number,
): Promise<RunDetail | undefined> {
  const row = await findRun(session, id);
  if (row === undefined) return undefined;
  const jobs = await readJobs(session, id);
  const definition = row.definition === null ? undefined : await documents.read(session, row.definition);
  const { differences = [] } = (definition ?? {}) as Partial<WorkflowDefinition>;
  const attempts = row.attempt === 1 ? [] : await session.all(attemptsOf, { run: id });
  const held = row.held === null || row.payload === null ? undefined : await documents.read(session, row.payload);
  const pull = { pullUrl: pullUrlOf(held), pullBase: pullBaseOf(held) };
  return { run: toRunRecord(row), jobs, attempts: attempts.map(toAttempt), differences, ...pull };
}

/** Of a payload, which a forge has sent: only an address that a browser opens as a page is taken from it. */
function pullUrlOf(payload: unknown): string | null {
  const { pull_request: pull } = (payload ?? {}) as { readonly pull_request?: { readonly html_url?: unknown } };
  const url = pull?.html_url;
  return typeof url === 'string' && /^https?:\/\//.test(url) ? url : null;
}

function pullBaseOf(payload: unknown): string | null {
  const { pull_request: pull } = (payload ?? {}) as {
    readonly pull_request?: { readonly base?: { readonly sha?: unknown } | null };
  };
  const sha = pull?.base?.sha;
  return typeof sha === 'string' && SHA_PATTERN.test(sha) ? sha : null;
}

function toAttempt({ attempt, conclusion, reason, asked_by, ...times }: Tables['attempts']): AttemptRecord {
  const [startedAt, completedAt] = [toDate(times.started_at), toDate(times.completed_at)];
  return { attempt, conclusion, reason, startedAt, completedAt, askedBy: asked_by };
}

/** The newest run of every workflow, event, and branch or tag of a commit, over all repositories, with its jobs. */
export async function readCommit(
  session: Session<Tables>,
  sha: string,
): Promise<{ readonly run: RunRecord; readonly jobs: readonly JobRecord[] }[]> {
  const found = [];
  for (const run of await runsOfCommit(session, sha)) found.push({ run, jobs: await readJobs(session, run.id) });
  return found;
}

async function readJobs(session: Session<Tables>, run: number): Promise<readonly JobRecord[]> {
  const jobs: JobRecord[] = [];
  const rows = await session.all(byRun, { run });
  for (const job of inFileOrder(rows.map((each) => callAsItsJobs(each, rows))))
    jobs.push(await toJobRecord(session, job));
  return jobs;
}

/** A call has begun when one of its jobs has. */
function callAsItsJobs(row: Row, rows: readonly Row[]): Row {
  if (row.kind !== 'call') return row;
  const starts = rows.filter(({ parent }) => parent === row.id).map((child) => callAsItsJobs(child, rows).started_at);
  const begun = starts.filter((start) => start !== null);
  if (begun.length === 0) return row;
  return { ...row, state: row.state === 'waiting' ? 'running' : row.state, started_at: Math.min(...begun) };
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
    isRetried: row.retried > 0,
    labels: JSON.parse(row.labels ?? '[]'),
    queuedAt: toDate(row.queued_at),
    startedAt: toDate(row.started_at),
    completedAt: toDate(row.completed_at),
    steps: parseSteps(row.steps ?? (hasDoneNothing(row) ? '[]' : (last?.steps ?? '[]'))),
    executions: [...over.map(toExecutionRecord), ...openExecution(row)],
    ...graphOf(row),
  };
}

/** Nothing of it was done in this attempt of its run: what an earlier execution did is not what it did now. */
function hasDoneNothing({ state, lost, retried, runner }: Row): boolean {
  if (state === 'queued') return lost === 0 && retried === 0;
  return state === 'waiting' || (state === 'completed' && runner === null);
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
    logRemovedAt: toDate(row.log_removed_at),
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
      ...{ exit: null, logBytes: 0, logBytesDropped: 0, leftovers: [], logRemovedAt: null },
    },
  ];
}
