import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { BranchFilter, BranchRun } from './store.ts';
import type { Tables } from './tables.ts';

/** How many runs of a repository are looked at: whoever asks waits for it. */
export const LOOK_BACK = 1_000;

const lastNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('repository_counters').select('last_number').where('repository', '=', p.repository),
);

/** Numbers bound the search, and not a limit: pushes must not be searched for in all runs. */
const pushes = statement((db: Kysely<Tables>, p: { repository: number; from: number; to: number }) =>
  db
    .selectFrom('runs')
    .select(['id', 'number', 'workflow', 'path', 'key_ref', 'ref', 'sha', 'tree', 'title', 'author', 'conclusion'])
    .select(['created_at', 'completed_at', 'reason', 'purpose'])
    .where('repository', '=', p.repository)
    .where('number', '>', p.from)
    .where('number', '<=', p.to)
    .where('event', '=', 'push')
    .orderBy('number'),
);

/** What pushes made of the newest commits of a repository, oldest first. */
export async function branchRuns(session: Session<Tables>, filter: BranchFilter): Promise<BranchRun[]> {
  const { repository, upTo, lookBack = LOOK_BACK } = filter;
  const to = upTo ?? (await session.one(lastNumber, { repository }))?.last_number ?? 0;
  const rows = await session.all(pushes, { repository, from: to - Math.min(lookBack, LOOK_BACK), to });
  return rows.map((row) => ({
    ...{ run: row.id, number: row.number, workflow: row.path ?? row.workflow, ref: row.ref },
    ...{ sha: row.sha, title: row.title, author: row.author, conclusion: row.conclusion },
    ...{ reason: row.reason, purpose: row.purpose },
    isOfCommit: row.key_ref === '' && row.path === null,
    isLeftOut: isLeftOut(row),
    at: new Date(row.completed_at ?? row.created_at),
  }));
}

/** Was it skipped by the policy or the limit? Only then its tree was never read. */
export function isLeftOut(run: Pick<Row, 'conclusion' | 'tree'>): boolean {
  return run.conclusion === 'skipped' && run.tree === null;
}

type Row = Pick<Tables['runs'], 'conclusion' | 'tree'>;
