import type { Kysely } from 'kysely';
import { waitReason } from './job-rows.ts';
import { type Session, type Statement, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { turnsOf } from './turns-table.ts';

/** A job that waits: for the `queue` command and the page. */
export interface QueuedJob {
  readonly job: number;
  readonly run: number;
  readonly runNumber: number;
  readonly repository: string;
  readonly name: string;
  readonly sha: string;
  readonly ref: string;
  readonly title: string;
  readonly labels: readonly string[];
  readonly queuedAt: Date;
  /** True when it waits for other jobs of its run, with their keys. */
  readonly waitsFor: readonly string[];
  /** What else it waits for, in words: a place among the legs of its matrix, its turn in a concurrency group. */
  readonly why?: string;
  /** Its run waits for a person who lets it begin. */
  readonly isHeld?: true;
  /** The run that has its turn in the concurrency group. */
  readonly behind?: { readonly run: number; readonly number: number };
  /** How many executions it lost already. */
  readonly executions: number;
}

const page = statement((db: Kysely<Tables>, p: { limit: number }) =>
  db
    .selectFrom('queue')
    .innerJoin('jobs', 'jobs.id', 'queue.job')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .leftJoin('lanes', 'lanes.id', 'jobs.lane')
    .leftJoin('label_sets', 'label_sets.id', 'lanes.label_set')
    .leftJoin('legs', 'legs.job', 'jobs.id')
    .select([
      'runs.held as run_held',
      'runs.turn as run_turn',
      'runs.concurrency as run_concurrency',
      'runs.repository as repository_id',
    ])
    .select('legs.concurrency')
    .select(['jobs.definition', 'jobs.parent', 'jobs.is_expanded', 'jobs.kind', 'jobs.turn', 'jobs.max_parallel'])
    .select(['jobs.id', 'jobs.run', 'jobs.name', 'jobs.needs', 'jobs.state', 'jobs.queued_at', 'jobs.lost'])
    .select(['runs.number', 'runs.sha', 'runs.ref', 'runs.title', 'runs.created_at'])
    .select(['repositories.name as repository', 'label_sets.labels'])
    .orderBy('queue.job')
    .limit(p.limit),
);
const count = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('queue').select((row) => row.fn.countAll<number>().as('total')),
);
const openOfRun = statement((db: Kysely<Tables>, p: { run: number; parent: number }) =>
  db
    .selectFrom('jobs')
    .select(['key', 'definition'])
    .where('run', '=', p.run)
    .where('parent', '=', p.parent)
    .where('state', '!=', 'completed'),
);

/** Waiting and queued jobs, oldest first. */
export async function readQueue(session: Session<Tables>, limit: number) {
  const jobs: QueuedJob[] = [];
  for (const row of await session.all(page, { limit })) {
    jobs.push({
      ...{ job: row.id, run: row.run, runNumber: row.number, repository: row.repository, name: row.name },
      ...{ sha: row.sha, ref: row.ref, title: row.title, executions: row.lost },
      labels: JSON.parse(row.labels ?? '[]'),
      queuedAt: new Date(row.queued_at ?? row.created_at),
      ...(await whatItWaitsFor(session, row)),
    });
  }
  return { jobs, total: (await session.one(count, {}))?.total ?? 0 };
}

const numberOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('runs').select('number').where('id', '=', p.run),
);

type Row = typeof page extends Statement<Tables, { limit: number }, infer R> ? R : never;

type Waiting = Pick<QueuedJob, 'waitsFor' | 'why' | 'isHeld' | 'behind'>;

/** Keys of the jobs that it waits for; what else it waits for, in words. */
async function whatItWaitsFor(session: Session<Tables>, row: Row): Promise<Waiting> {
  if (row.state !== 'waiting') return { waitsFor: [] };
  if (row.run_held !== null) return { waitsFor: [], why: row.run_held, isHeld: true };
  if (row.run_turn === 'pending') return turnWords(session, row, row.run_concurrency);
  const reason = waitReason(row);
  if (reason.kind === 'turn') return turnWords(session, row, row.concurrency);
  if (reason.kind !== 'needs')
    return { waitsFor: [], why: `at most ${row.max_parallel} jobs of ${row.definition} run at once` };
  const open = await session.all(openOfRun, { run: row.run, parent: row.parent });
  const names = new Set(open.map(({ key, definition }) => definition ?? key));
  return { waitsFor: reason.jobs.filter((need) => names.has(need)) };
}

async function turnWords(session: Session<Tables>, row: Row, name: string | null): Promise<Waiting> {
  const { holder } = await turnsOf(session, { repository: row.repository_id, name: name ?? '' });
  const run = holder && (await session.one(numberOf, { run: holder.run }));
  const words = `for its turn in the concurrency group ${name}`;
  if (holder === undefined || run === undefined) return { waitsFor: [], why: words };
  const behind = { run: holder.run, number: run.number };
  return { waitsFor: [], why: `${words}, which run ${run.number} has`, behind };
}
