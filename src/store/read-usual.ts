import { type Kysely, sql } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import type { ExecutionRecord } from './job-record.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** What a runner executed lately, without what it gave back unbegun: of the newest 2,000 jobs of all. */
export interface RecentExecution {
  readonly job: number;
  readonly run: number;
  readonly runner: string;
  readonly outcome: ExecutionRecord['outcome'];
  readonly conclusion: Conclusion | null;
  readonly queuedAt: Date | null;
  readonly leasedAt: Date;
}

/** Runs that are looked at for what jobs usually take. */
const LOOK_BACK = 60;
/** Of so many the median is taken, the newest ones. */
const OF_EACH = 9;
/** Jobs that are looked at for what runners did lately: a page has to stay quick, whatever the matrix. */
const MOST_JOBS = 2_000;
const MOST = sql<number>`2000`;

const lastNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('repository_counters').select('last_number').where('repository', '=', p.repository),
);
const succeeded = statement((db: Kysely<Tables>, p: { repository: number; from: number }) =>
  db
    .selectFrom('runs')
    .innerJoin('jobs', 'jobs.run', 'runs.id')
    .select(['jobs.name', 'jobs.started_at', 'jobs.completed_at'])
    .where('runs.repository', '=', p.repository)
    .where('runs.number', '>', p.from)
    .where('jobs.conclusion', '=', 'success')
    .orderBy('runs.number', 'desc')
    .limit(MOST),
);
const newestJob = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('jobs').select((row) => row.fn.max<number | null>('id').as('id')),
);
const executionsFrom = statement((db: Kysely<Tables>, p: { from: number }) =>
  db
    .selectFrom('executions')
    .innerJoin('jobs', 'jobs.id', 'executions.job')
    .select(['executions.job', 'jobs.run', 'executions.runner', 'executions.outcome', 'executions.conclusion'])
    .select(['jobs.queued_at', 'executions.leased_at'])
    .where('executions.job', '>', p.from)
    .where(({ eb, or }) => or([eb('executions.outcome', 'is', null), eb('executions.outcome', '!=', 'returned')]))
    .orderBy('executions.job', 'desc')
    .orderBy('executions.number', 'desc')
    .limit(MOST),
);

/** What jobs usually take, by name. Jobs of one name in several workflows of a repository are taken together. */
export async function usualJobMs(session: Session<Tables>, repository: number): Promise<ReadonlyMap<string, number>> {
  const last = (await session.one(lastNumber, { repository }))?.last_number ?? 0;
  const times = new Map<string, number[]>();
  for (const row of await session.all(succeeded, { repository, from: last - LOOK_BACK })) {
    if (row.started_at === null || row.completed_at === null) continue;
    const known = times.get(row.name) ?? [];
    times.set(row.name, known);
    if (known.length < OF_EACH) known.push(row.completed_at - row.started_at);
  }
  return new Map([...times].map(([name, ms]) => [name, median(ms)]));
}

/** Executions of the newest jobs, newest first. */
export async function recentExecutions(session: Session<Tables>): Promise<readonly RecentExecution[]> {
  const last = (await session.one(newestJob, {}))?.id ?? 0;
  const rows = await session.all(executionsFrom, { from: last - MOST_JOBS });
  return rows.map((row) => ({
    ...{ job: row.job, run: row.run, runner: row.runner, outcome: row.outcome, conclusion: row.conclusion },
    queuedAt: row.queued_at === null ? null : new Date(row.queued_at),
    leasedAt: new Date(row.leased_at),
  }));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
