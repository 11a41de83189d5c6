import { type Kysely, sql } from 'kysely';
import type { JobInRun } from '../model/expansion.ts';
import { transition } from '../model/job.ts';
import type { JobSpec } from '../model/plan.ts';
import { workflowOf } from './claimed-workflow.ts';
import { insertRow } from './insert-row.ts';
import { NO_LEASE, saveState, stateOf } from './job-rows.ts';
import { countRunning, dequeue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import type { RepositoryRecord } from './repositories.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Who asks for a job. */
export interface ClaimRequest {
  readonly runner: string;
  readonly labels: readonly string[];
  /** Only jobs of this repository, and of found tests; for classic runners. */
  readonly repository?: number;
  readonly leaseMs: number;
  readonly now: Date;
}

/** A job that was given to a runner: leased, under this execution. */
export interface ClaimedJob {
  readonly job: number;
  readonly execution: number;
  readonly spec: JobSpec;
  readonly sha: string;
  readonly tree: string | null;
  readonly repository: RepositoryRecord;
  readonly run: {
    readonly id: number;
    readonly number: number;
    readonly attempt: number;
    readonly event: string;
    readonly ref: string;
  };
  /** Of a workflow's job: what its contexts are made of. */
  readonly workflow?: JobInRun;
}

const labelSets = statement((db: Kysely<Tables>, _: object) => db.selectFrom('label_sets').select(['id', 'labels']));

/** The head of the best lane of one set of labels: the first entry of the index `lanes_next`. */
function bestLane(db: Kysely<Tables>, labelSet: number) {
  return db
    .selectFrom('lanes')
    .select(['priority', 'running', 'head_rank', 'head_job'])
    .where('label_set', '=', labelSet)
    .where('head_job', 'is not', null)
    .orderBy('priority', 'desc')
    .orderBy('running')
    .orderBy('head_rank')
    .orderBy('head_job')
    .limit(FIRST)
    .$narrowType<{ head_rank: number; head_job: number }>();
}

/** Exported for the test that looks at its plan. */
export const bestOfAll = statement((db: Kysely<Tables>, p: { labelSet: number }) => bestLane(db, p.labelSet));
const bestOfRepository = statement((db: Kysely<Tables>, p: { labelSet: number; repository: number }) =>
  bestLane(db, p.labelSet).where('repository', '=', p.repository),
);
/** All that a lease needs, in one query. */
const jobToLease = statement((db: Kysely<Tables>, p: { id: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .select(['jobs.id', 'jobs.run', 'jobs.key', 'jobs.name', 'jobs.spec', 'jobs.lane', 'jobs.state', 'jobs.execution'])
    .select(['jobs.lost', 'jobs.runner', 'jobs.queued_at', 'jobs.started_at', 'jobs.completed_at', 'jobs.needs'])
    .select(['jobs.conclusion', 'jobs.definition', 'jobs.parent'])
    .select(['runs.number', 'runs.attempt', 'runs.event', 'runs.ref', 'runs.sha', 'runs.tree', 'runs.repository'])
    .select(['repositories.name as repository_name', 'repositories.version as repository_version'])
    .where('jobs.id', '=', p.id),
);
const insertLease = insertRow(
  'leases',
  ...(['job', 'execution', 'run', 'repository', 'runner', 'expires_at', 'leased_at'] as const),
  ...(['timeout_ms', 'is_exclusive', 'steps'] as const),
);

const definitionOf = statement((db: Kysely<Tables>, p: { id: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .select(['jobs.definition', 'runs.repository', 'runs.sha'])
    .where('jobs.id', '=', p.id),
);
const classicOfCommit = statement((db: Kysely<Tables>, p: { repository: number; sha: string }) =>
  db
    .selectFrom('leases')
    .innerJoin('runs', 'runs.id', 'leases.run')
    .select('leases.job')
    .where('leases.repository', '=', p.repository)
    .where('leases.runner', 'like', sql<string>`'classic-%'`)
    .where('runs.sha', '=', p.sha)
    .limit(FIRST),
);

/** Leases up to `count` queued jobs; see {@link Store.claim}. */
export async function claim(
  session: Session<Tables>,
  parts: StoreParts,
  request: ClaimRequest,
  count: number,
): Promise<ClaimedJob[]> {
  const accepted = await acceptedSets(session, request.labels);
  const claimed: ClaimedJob[] = [];
  while (claimed.length < count) {
    const job = await nextJob(session, accepted, request.repository);
    if (job === undefined) break;
    if (request.repository !== undefined && !(await isForClassic(session, job))) break;
    claimed.push(await lease(session, parts, job, request));
  }
  return claimed;
}

/**
 * Whoever asks for one repository speaks the chapter's protocol. It has no words for a workflow's job, and its results name
 * nothing but the commit: while one job of a commit is under way there, the others of that commit wait.
 */
async function isForClassic(session: Session<Tables>, job: number): Promise<boolean> {
  const found = await session.one(definitionOf, { id: job });
  if (found === undefined || found.definition !== null) return false;
  const { repository, sha } = found;
  return (await session.one(classicOfCommit, { repository, sha })) === undefined;
}

/** The sets of labels that a runner with these satisfies, in any case; there are few sets, however many jobs wait. */
async function acceptedSets(session: Session<Tables>, labels: readonly string[]): Promise<number[]> {
  const sets = await session.all(labelSets, {});
  const has = new Set(labels.map((label) => label.toLowerCase()));
  const fits = (wanted: readonly string[]) => wanted.every((label) => has.has(label.toLowerCase()));
  return sets.filter((set) => fits(JSON.parse(set.labels))).map((set) => set.id);
}

async function nextJob(session: Session<Tables>, sets: readonly number[], repository: number | undefined) {
  type Head = { priority: number; running: number; head_rank: number; head_job: number };
  let best: Head | undefined;
  for (const labelSet of sets) {
    const head: Head | undefined =
      repository === undefined
        ? await session.one(bestOfAll, { labelSet })
        : await session.one(bestOfRepository, { labelSet, repository });
    if (head !== undefined && (best === undefined || comesBefore(order(head), order(best)))) best = head;
  }
  return best?.head_job;
}

/** The order of giving, the same as that of the index. */
function order(head: { priority: number; running: number; head_rank: number; head_job: number }): number[] {
  return [-head.priority, head.running, head.head_rank, head.head_job];
}

function comesBefore(a: readonly number[], b: readonly number[]): boolean {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at >= 0 && (a[at] ?? 0) < (b[at] ?? 0);
}

async function lease(
  session: Session<Tables>,
  parts: StoreParts,
  job: number,
  { runner, leaseMs, now }: ClaimRequest,
): Promise<ClaimedJob> {
  const found = await session.one(jobToLease, { id: job });
  if (found === undefined) throw new Error(`the queue names job ${job}, which is not there`);
  const row = { ...found, ...NO_LEASE };
  const execution = row.execution + 1;
  const expiresAt = new Date(+now + leaseMs);
  const next = transition(stateOf(row), { type: 'claimed', lease: { execution, runner, expiresAt } });
  if (!(await saveState(session, row, next))) throw new Error(`job ${job} was taken by somebody else`);
  await dequeue(session, job, row.lane);
  await countRunning(session, row.repository, 1);
  const spec = await parts.specs.read(session, row.spec);
  await session.run(insertLease, {
    ...{ job, execution, run: row.run, repository: row.repository, runner, expires_at: +expiresAt, leased_at: +now },
    ...{ timeout_ms: spec.timeoutMs, is_exclusive: spec.exclusive ? 1 : 0, steps: '[]' },
  });
  const data = { key: row.key, name: row.name, execution, runner };
  const event = { at: now, repository: row.repository_name, run: row.run, job, data };
  await parts.events.write(session, { ...event, type: 'job.leased' });
  const { sha, tree, number, attempt, event: cause, ref } = row;
  const repository = await parts.repositories.read(session, row.repository, row.repository_version);
  const run = { id: row.run, number, attempt, event: cause, ref };
  const claimed = { job, execution, spec, sha, tree, repository, run };
  return spec.workflow === undefined ? claimed : { ...claimed, workflow: await workflowOf(session, parts, row) };
}
