import { type Kysely, sql } from 'kysely';
import type { CommitVerdict } from '../model/culprit.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Which runs of a branch are asked for. */
export interface BranchFilter {
  /** Id of the repository. */
  readonly repository: number;
  /** Number of the newest run. Default: the newest there is. */
  readonly upTo?: number;
  /** How many runs of the repository are looked at. Default, and at most: 1 000. */
  readonly lookBack?: number;
}

/** A run that a push made, as far as it says something of its branch. */
export interface BranchRun extends CommitVerdict {
  /** The one run of its commit, whatever ref brought it: found tests. */
  readonly isOfCommit: boolean;
  /** Path of the file, else the name of the workflow. */
  readonly workflow: string;
  /** It was skipped by the policy or the limit, before its files were read: it may concern any workflow. */
  readonly isLeftOut: boolean;
  /** Per repository. */
  readonly number: number;
  readonly ref: string;
  readonly title: string;
  readonly reason: string | null;
  /** Why this program executes it though nobody asked for it; null for all others. */
  readonly purpose: string | null;
  /** When it was completed, else made. */
  readonly at: Date;
}

/** How many runs of a repository are looked at: whoever asks waits for it. */
export const LOOK_BACK = 1_000;

const lastNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db.selectFrom('repository_counters').select('last_number').where('repository', '=', p.repository),
);

function selectPushes(db: Kysely<Tables>) {
  return db
    .selectFrom('runs')
    .select(['id', 'number', 'workflow', 'path', 'key_ref', 'ref', 'sha', 'tree', 'title', 'author', 'conclusion'])
    .select(['created_at', 'completed_at', 'reason', 'purpose'])
    .where('event', '=', 'push');
}

/** Numbers bound the search, and not a limit: pushes must not be searched for in all runs. */
const pushes = statement((db: Kysely<Tables>, p: { repository: number; from: number; to: number }) =>
  selectPushes(db)
    .where('repository', '=', p.repository)
    .where('number', '>', p.from)
    .where('number', '<=', p.to)
    .orderBy('number'),
);

/** What pushes made of the newest commits of a repository, oldest first. */
export async function branchRuns(session: Session<Tables>, filter: BranchFilter): Promise<BranchRun[]> {
  const { repository, upTo, lookBack = LOOK_BACK } = filter;
  const to = upTo ?? (await session.one(lastNumber, { repository }))?.last_number ?? 0;
  return (await session.all(pushes, { repository, from: to - Math.min(lookBack, LOOK_BACK), to })).map(toBranchRun);
}

/** What pushes made of these commits of a repository, however long ago, oldest first. */
const ofCommits = statement((db: Kysely<Tables>, p: { repository: number; shas: string }) =>
  selectPushes(db)
    .where('sha', 'in', sql<string>`(select value from json_each(${p.shas}))`)
    // "+": by the index on commits, and not through all runs of the repository
    .where(sql`+repository`, '=', p.repository)
    .orderBy(sql`+number`),
);

/** See {@link Store.branchRunsOf}. */
export async function branchRunsOf(
  session: Session<Tables>,
  repository: number,
  shas: readonly string[],
): Promise<BranchRun[]> {
  return (await session.all(ofCommits, { repository, shas: JSON.stringify(shas) })).map(toBranchRun);
}

function toBranchRun(row: PushRow): BranchRun {
  // one literal, not spread ones: of hundreds of repositories these are many
  return {
    run: row.id,
    number: row.number,
    workflow: row.path ?? row.workflow,
    ref: row.ref,
    sha: row.sha,
    title: row.title,
    author: row.author,
    conclusion: row.conclusion,
    reason: row.reason,
    purpose: row.purpose,
    isOfCommit: row.key_ref === '' && row.path === null,
    isLeftOut: isLeftOut(row),
    at: new Date(row.completed_at ?? row.created_at),
  };
}

/** Was it skipped by the policy or the limit? Only then its tree was never read. */
export function isLeftOut(run: Pick<Row, 'conclusion' | 'tree'>): boolean {
  return run.conclusion === 'skipped' && run.tree === null;
}

type Row = Pick<Tables['runs'], 'conclusion' | 'tree'>;
type PushRow = Awaited<ReturnType<ReturnType<typeof selectPushes>['execute']>>[number];
