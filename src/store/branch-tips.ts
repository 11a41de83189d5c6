import type { Kysely } from 'kysely';
import { isNoCommit } from '../model/push.ts';
import type { NewDispatch } from './new-dispatch.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Where a branch is. */
export interface BranchTip {
  readonly ref: string;
  readonly sha: string;
}

/** How many branches of a repository are told, those that moved last. */
const MOST = 200;

const move = statement(
  (db: Kysely<Tables>, p: { repository: number; ref: string; sha: string; before: string; at: number; any: string }) =>
    db
      .insertInto('branches')
      .values({ repository: p.repository, ref: p.ref, sha: p.sha, at: p.at })
      .onConflict((on) =>
        on
          .columns(['repository', 'ref'])
          .doUpdateSet((row) => ({ sha: row.ref('excluded.sha'), at: row.ref('excluded.at') }))
          .where((row) => row.or([row('branches.sha', '=', p.before), row('branches.ref', '=', p.any)])),
      ),
);
const forget = statement((db: Kysely<Tables>, p: { repository: number; ref: string }) =>
  db.deleteFrom('branches').where('repository', '=', p.repository).where('ref', '=', p.ref),
);
const newest = statement((db: Kysely<Tables>, p: { repository: number; limit: number }) =>
  db
    .selectFrom('branches')
    .select(['ref', 'sha'])
    .where('repository', '=', p.repository)
    .orderBy('at', 'desc')
    .orderBy('ref')
    .limit(p.limit),
);

/**
 * Moves a branch to where a push brought it; false: it is no branch, or stays where it is. Of several sources of a
 * repository some are late: without a new commit a branch is only moved from where it was.
 */
export async function moveBranch(
  session: Session<Tables>,
  { repository, ref, before, after }: NewDispatch,
  at: Date,
  isNew: boolean,
): Promise<boolean> {
  if (!ref.startsWith('refs/heads/')) return false;
  if (isNoCommit(after)) return (await session.run(forget, { repository, ref })) > 0;
  const moved = { repository, ref, sha: after, before, at: +at, any: isNew ? ref : '' };
  return (await session.run(move, moved)) > 0;
}

/** Where the branches of a repository are, those that moved last first. */
export async function branchTips(session: Session<Tables>, repository: number): Promise<BranchTip[]> {
  return session.all(newest, { repository, limit: MOST });
}
