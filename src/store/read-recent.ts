import type { Kysely } from 'kysely';
import type { RunRecord } from './run-record.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A run as far as a list of what goes on tells of it. */
export interface RecentRun
  extends Pick<RunRecord, 'id' | 'number' | 'event' | 'ref' | 'sha' | 'title' | 'author' | 'status' | 'conclusion'>,
    Pick<RunRecord, 'reason' | 'isRetried' | 'createdAt' | 'startedAt' | 'completedAt'> {
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
}

/** Enough for fifty commits of a branch with several workflows, and few enough to be read for hundreds of repositories. */
const LOOK_BACK = 300;

const lastNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('repository_counters').select('last_number').where('repository', '=', p.repository),
);

/** Numbers bound the search: the index on them is all that is looked at. */
const newest = statement((db: Kysely<Tables>, p: { repository: number; from: number }) =>
  db
    .selectFrom('runs')
    .select(['id', 'number', 'workflow', 'path', 'event', 'ref', 'sha', 'title', 'author', 'status', 'conclusion'])
    .select(['reason', 'retried', 'created_at', 'started_at', 'completed_at'])
    .where('repository', '=', p.repository)
    .where('number', '>', p.from)
    .orderBy('number'),
);

/** The newest runs of a repository, oldest first. */
export async function recentRuns(session: Session<Tables>, repository: number): Promise<RecentRun[]> {
  const last = (await session.one(lastNumber, { repository }))?.last_number ?? 0;
  const rows = await session.all(newest, { repository, from: last - LOOK_BACK });
  // one literal, not spread ones: of hundreds of repositories these are many
  return rows.map((row) => ({
    id: row.id,
    number: row.number,
    workflow: row.path ?? row.workflow,
    event: row.event,
    ref: row.ref,
    sha: row.sha,
    title: row.title,
    author: row.author,
    status: row.status,
    conclusion: row.conclusion,
    reason: row.reason,
    isRetried: row.retried !== 0,
    createdAt: new Date(row.created_at),
    startedAt: row.started_at === null ? null : new Date(row.started_at),
    completedAt: row.completed_at === null ? null : new Date(row.completed_at),
  }));
}
