import { type Kysely, type Selectable, sql } from 'kysely';
import { isLeased, type JobState, type WaitReason } from '../model/job.ts';
import type { JobFacts } from '../model/job-facts.ts';
import type { Lease } from '../model/lease.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const NOT = sql<number>`0`;
/** A job's place in the graph of a workflow file. */
const GRAPH = [
  ...(['jobs.kind', 'jobs.definition', 'jobs.parent', 'jobs.is_expanded', 'jobs.continue_on_error'] as const),
  ...(['jobs.fail_fast', 'jobs.max_parallel', 'jobs.turn', 'jobs.position'] as const),
] as const;

/** Jobs with their leases and the names of their repositories; the beginning of every query that precedes a change. */
function selectJobs(db: Kysely<Tables>) {
  return db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .leftJoin('leases', 'leases.job', 'jobs.id')
    .select(['jobs.id', 'jobs.run', 'jobs.key', 'jobs.name', 'jobs.needs', 'jobs.lane', 'jobs.rank', 'jobs.state'])
    .select(['jobs.execution', 'jobs.lost', 'jobs.conclusion', 'jobs.runner', 'jobs.queued_at', 'jobs.started_at'])
    .select(['jobs.completed_at', 'jobs.definition'])
    .select([
      'runs.repository',
      'runs.started_at as run_started_at',
      'repositories.name as repository_name',
      'leases.execution as lease_execution',
      'leases.runner as lease_runner',
      'leases.expires_at',
      'leases.leased_at',
      'leases.started_at as lease_started_at',
      'leases.cancel_reason',
      'leases.steps',
      'leases.is_exclusive',
    ]);
}

const byId = statement((db: Kysely<Tables>, p: { id: number }) => selectJobs(db).where('jobs.id', '=', p.id));
/** The jobs of a run, of all its attempts. */
function selectOfRun(db: Kysely<Tables>, run: number) {
  return selectFound(db, run).select(GRAPH);
}

/** The jobs of a run of found tests, which have no graph and were not left out of any attempt. */
function selectFound(db: Kysely<Tables>, run: number) {
  return db
    .selectFrom('jobs')
    .leftJoin('leases', 'leases.job', 'jobs.id')
    .select([
      'jobs.id',
      'jobs.key',
      'jobs.name',
      'jobs.needs',
      'jobs.lane',
      'jobs.rank',
      'jobs.state',
      'jobs.execution',
    ])
    .select(['jobs.lost', 'jobs.conclusion', 'jobs.reason', 'jobs.runner', 'jobs.queued_at', 'jobs.started_at'])
    .select(['jobs.completed_at', 'leases.execution as lease_execution', 'leases.runner as lease_runner'])
    .select(['leases.expires_at', 'leases.cancel_reason'])
    .where('jobs.run', '=', run)
    .orderBy('jobs.id');
}

const byRun = statement((db: Kysely<Tables>, p: { run: number }) =>
  selectOfRun(db, p.run).where('jobs.is_former', '=', NOT),
);
const foundOfRun = statement((db: Kysely<Tables>, p: { run: number }) => selectFound(db, p.run));
const everOfRun = statement((db: Kysely<Tables>, p: { run: number }) => selectOfRun(db, p.run));
const update = statement(
  (
    db: Kysely<Tables>,
    p: Pick<StateRow, Exclude<Plain, 'needs'> | 'queued_at' | 'started_at' | 'completed_at'> & {
      reason: string | null;
      wasState: StateRow['state'];
      wasExecution: number;
    },
  ) =>
    db
      .updateTable('jobs')
      .set({
        state: p.state,
        execution: p.execution,
        lost: p.lost,
        conclusion: p.conclusion,
        reason: p.reason,
        runner: p.runner,
        queued_at: p.queued_at,
        started_at: p.started_at,
        completed_at: p.completed_at,
      })
      .where('id', '=', p.id)
      .where('execution', '=', p.wasExecution)
      .where('state', '=', p.wasState),
);

/** What is true of all jobs of found tests. */
const NO_GRAPH: Pick<Selectable<Tables['jobs']>, Graph> = {
  ...{ kind: 'job', definition: null, parent: 0, is_expanded: 1, continue_on_error: 0, fail_fast: 0 },
  ...{ max_parallel: null, turn: null, position: 0 },
};

/** A job with its lease, if it has one. */
export type JobRow = Awaited<ReturnType<ReturnType<typeof selectJobs>['executeTakeFirstOrThrow']>>;

/** A job among those of its run. */
export type RunJobRow = StateRow &
  Pick<Selectable<Tables['jobs']>, 'key' | 'name' | 'lane' | 'rank' | 'reason' | Graph>;

type Waiting = 'kind' | 'definition' | 'is_expanded' | 'turn';
type Graph =
  | 'kind'
  | 'definition'
  | 'parent'
  | 'is_expanded'
  | 'continue_on_error'
  | 'fail_fast'
  | 'max_parallel'
  | 'turn'
  | 'position';
type Leased = 'lease_execution' | 'lease_runner' | 'expires_at' | 'cancel_reason';
type Plain = 'id' | 'state' | 'needs' | 'execution' | 'lost' | 'conclusion' | 'runner';

/** What is needed of a job to know its state, and to change it. */
export type StateRow = Pick<JobRow, Plain | 'queued_at' | 'started_at' | 'completed_at' | Leased> &
  Partial<Pick<Selectable<Tables['jobs']>, Waiting>>;

/** What a {@link StateRow} says of a lease that is not there. */
export const NO_LEASE = { lease_execution: null, lease_runner: null, expires_at: null, cancel_reason: null } as const;

/** A job, if there is one. */
export function findJob(session: Session<Tables>, id: number): Promise<JobRow | undefined> {
  return session.one(byId, { id });
}

/** The jobs of a run, in the order in which they were made. */
export function jobsOfRun(
  session: Session<Tables>,
  run: number,
  which: 'of this attempt' | 'of all attempts' = 'of this attempt',
): Promise<RunJobRow[]> {
  return session.all(which === 'of this attempt' ? byRun : everOfRun, { run });
}

/** Those of a run of found tests, for less. */
export async function foundJobsOfRun(session: Session<Tables>, run: number): Promise<RunJobRow[]> {
  return (await session.all(foundOfRun, { run })).map((row) => Object.assign(row, NO_GRAPH));
}

/** The state that a row stands for. */
export function stateOf(row: StateRow): JobState {
  switch (row.state) {
    case 'waiting':
      return { status: 'waiting', on: [waitReason(row)] };
    case 'queued':
      return { status: 'queued', queuedAt: new Date(row.queued_at ?? 0) };
    case 'leased':
      return { status: 'leased', lease: leaseOf(row) };
    case 'running':
      return { status: 'running', lease: leaseOf(row), startedAt: new Date(row.started_at ?? 0) };
    case 'cancelling':
      return { status: 'cancelling', lease: leaseOf(row), why: row.cancel_reason ?? '' };
    case 'completed':
      return {
        status: 'completed',
        conclusion: row.conclusion ?? 'error',
        completedAt: new Date(row.completed_at ?? 0),
      };
    default:
      return row.state satisfies never;
  }
}

/** Why a job waits. */
export function waitReason(row: Pick<StateRow, Waiting | 'needs'>): WaitReason {
  if (row.definition == null || row.is_expanded === 0) return { kind: 'needs', jobs: JSON.parse(row.needs) };
  if (row.turn === 'pending') return { kind: 'turn' };
  return { kind: row.kind === 'call' ? 'called' : 'place' };
}

/** What `advance` has to know of a job; `rows` are all of its run. */
export function factsOf(rows: readonly RunJobRow[]): JobFacts[] {
  const keys = rows.length === 1 ? undefined : new Map(rows.map((row) => [row.id, row.key]));
  return rows.map((row) => {
    const facts = { key: row.key, needs: JSON.parse(row.needs), state: stateOf(row) };
    if (row.definition === null) return facts;
    const graph = {
      ...{ definition: row.definition, kind: row.kind, maxParallel: row.max_parallel, turn: row.turn },
      parent: keys?.get(row.parent) ?? '',
      isExpanded: row.is_expanded === 1,
      continueOnError: row.continue_on_error === 1,
      failFast: row.fail_fast === 1,
    };
    return { ...facts, graph };
  });
}

function leaseOf(row: StateRow): Lease {
  const { lease_execution: execution, lease_runner: runner, expires_at: expiresAt } = row;
  if (execution === null || runner === null || expiresAt === null) {
    throw new Error(`job ${row.id} is ${row.state} and has no lease`);
  }
  return { execution, runner, expiresAt: new Date(expiresAt) };
}

/** Does a runner hold this execution of the job? */
export function holds(row: JobRow, execution: number): boolean {
  return row.lease_execution === execution;
}

/**
 * Writes the next state of a job, if it is still as it was read.
 * @returns false if it is not: somebody else was faster, nothing was changed.
 */
export async function saveState(
  session: Session<Tables>,
  row: StateRow,
  next: JobState,
  more: { readonly lost?: number; readonly reason?: string | null } = {},
): Promise<boolean> {
  const lease = isLeased(next) ? next.lease : undefined;
  const changed = await session.run(update, {
    id: row.id,
    wasState: row.state,
    wasExecution: row.execution,
    state: next.status,
    execution: lease?.execution ?? row.execution,
    lost: more.lost ?? row.lost,
    conclusion: next.status === 'completed' ? next.conclusion : null,
    reason: more.reason ?? null,
    runner: lease?.runner ?? (next.status === 'completed' ? row.runner : null),
    queued_at: queueingOf(row, next),
    started_at: startOf(row, next),
    completed_at: next.status === 'completed' ? +next.completedAt : null,
  });
  return changed > 0;
}

function queueingOf(row: StateRow, next: JobState): number | null {
  if (next.status === 'queued') return +next.queuedAt;
  return next.status === 'waiting' ? null : row.queued_at;
}

/** A job that waits again has not started. */
function startOf(row: StateRow, next: JobState): number | null {
  if (next.status === 'running') return +next.startedAt;
  return next.status === 'waiting' || next.status === 'queued' || next.status === 'leased' ? null : row.started_at;
}
