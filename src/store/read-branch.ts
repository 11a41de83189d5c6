import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { BranchFilter, BranchRun } from './store.ts';
import type { Tables } from './tables.ts';

/** How many runs of a repository are looked at: whoever asks waits for it. */
export const LOOK_BACK = 1_000;

const lastNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('repository_counters').select('last_number').where('repository', '=', p.repository),
);

/** Numbers bound the search, and not a limit: a branch that is seldom pushed to must not be searched for in all runs. */
function pushes(db: Kysely<Tables>, p: { repository: number; from: number; to: number }) {
  return db
    .selectFrom('runs')
    .select(['id', 'number', 'workflow', 'path', 'ref', 'sha', 'tree', 'title', 'author', 'conclusion'])
    .select(['created_at', 'completed_at', 'reason', 'purpose'])
    .where('repository', '=', p.repository)
    .where('number', '>', p.from)
    .where('number', '<=', p.to)
    .where('event', '=', 'push')
    .orderBy('number');
}

const ofAll = statement(pushes);
const ofRef = statement((db: Kysely<Tables>, p: { repository: number; from: number; to: number; ref: string }) =>
  pushes(db, p).where('ref', '=', p.ref),
);

/** What pushes made of the newest commits of a branch, oldest first. */
export async function branchRuns(session: Session<Tables>, filter: BranchFilter): Promise<BranchRun[]> {
  const { repository, ref, upTo } = filter;
  const to = upTo ?? (await session.one(lastNumber, { repository }))?.last_number ?? 0;
  const range = { repository, from: to - LOOK_BACK, to };
  const rows = ref === undefined ? await session.all(ofAll, range) : await session.all(ofRef, { ...range, ref });
  return rows.map((row) => ({
    ...{ run: row.id, number: row.number, workflow: row.path ?? row.workflow, ref: row.ref },
    ...{ sha: row.sha, title: row.title, author: row.author, conclusion: row.conclusion },
    ...{ reason: row.reason, purpose: row.purpose },
    isLeftOut: isLeftOut(row),
    at: new Date(row.completed_at ?? row.created_at),
  }));
}

/** Was it skipped by the policy or the limit? Only then its tree was never read. */
export function isLeftOut(run: Pick<Row, 'conclusion' | 'tree'>): boolean {
  return run.conclusion === 'skipped' && run.tree === null;
}

type Row = Pick<Tables['runs'], 'conclusion' | 'tree'>;
