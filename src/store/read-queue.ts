import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { QueuedJob } from './store.ts';
import type { Tables } from './tables.ts';

const page = statement((db: Kysely<Tables>, p: { limit: number }) =>
  db
    .selectFrom('queue')
    .innerJoin('jobs', 'jobs.id', 'queue.job')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .leftJoin('lanes', 'lanes.id', 'jobs.lane')
    .leftJoin('label_sets', 'label_sets.id', 'lanes.label_set')
    .select(['jobs.id', 'jobs.run', 'jobs.name', 'jobs.needs', 'jobs.state', 'jobs.queued_at', 'jobs.lost'])
    .select(['runs.number', 'runs.sha', 'runs.ref', 'runs.title', 'runs.created_at'])
    .select(['repositories.name as repository', 'label_sets.labels'])
    .orderBy('queue.job')
    .limit(p.limit),
);
const count = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('queue').select((row) => row.fn.countAll<number>().as('total')),
);
const openKeys = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('jobs').select('key').where('run', '=', p.run).where('state', '!=', 'completed'),
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
      waitsFor: await waitsFor(session, row),
    });
  }
  return { jobs, total: (await session.one(count, {}))?.total ?? 0 };
}

/** Keys of the jobs that it waits for. */
async function waitsFor(
  session: Session<Tables>,
  row: { readonly run: number; readonly needs: string; readonly state: string },
): Promise<string[]> {
  if (row.state !== 'waiting') return [];
  const open = new Set((await session.all(openKeys, { run: row.run })).map(({ key }) => key));
  const needs: string[] = JSON.parse(row.needs);
  return needs.filter((key) => open.has(key));
}
