import { type Kysely, sql } from 'kysely';
import type { SearchFilter } from './search.ts';
import { indexed } from './search-index.ts';
import { findTests } from './search-tests.ts';
import { matchOf, shaIn, termsOf } from './search-text.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Commits that the beginning of an id finds, the newest ones. */
const MOST_COMMITS = 1_000;

const newest = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('runs').select('id').orderBy('id', 'desc').limit(FIRST),
);
const repositoryOf = statement((db: Kysely<Tables>, p: { name: string }) =>
  db
    .selectFrom('repositories')
    .innerJoin('repository_counters', 'repository_counters.repository', 'repositories.id')
    .select(['repositories.id', 'repository_counters.last_number'])
    .where('repositories.name', '=', p.name),
);
const numberBefore = statement((db: Kysely<Tables>, p: { repository: number; before: number }) =>
  db
    .selectFrom('runs')
    .select('number')
    .where('repository', '=', p.repository)
    .where('id', '<', p.before)
    .orderBy('number', 'desc')
    .limit(FIRST),
);

/** How runs are walked through, the newest first: by id, or within a repository by number. */
export type Axis = 'id' | 'number';

/** All that is known before runs are looked at. */
export interface SearchPlan {
  readonly filter: SearchFilter;
  readonly terms: readonly string[];
  readonly author: readonly string[];
  /** What the index is asked; undefined: runs are looked at one by one. */
  readonly match: string | undefined;
  readonly axis: Axis;
  readonly repository: number | undefined;
  /** Where to begin, on the axis: below this. */
  readonly below: number;
  /** Runs with these ids are in the index. */
  readonly indexed: { readonly low: number; readonly high: number };
  /** Of commits whose ids begin so. */
  readonly commits: readonly number[];
  readonly tests: Awaited<ReturnType<typeof findTests>>;
}

/** Undefined: there is nothing to look at. */
export async function planSearch(session: Session<Tables>, filter: SearchFilter): Promise<SearchPlan | undefined> {
  const { q = '', author = '', before = Number.MAX_SAFE_INTEGER } = filter;
  const terms = termsOf(q);
  const ofAuthor = termsOf(author);
  const of = filter.repository === undefined ? undefined : await session.one(repositoryOf, { name: filter.repository });
  const last = await session.one(newest, {});
  if (last === undefined || (filter.repository !== undefined && of === undefined)) return undefined;
  const repository = of?.id;
  const others = [filter.repository ?? '', filter.ref?.replace(/^refs\/heads\//, '') ?? ''];
  const isText = matchOf([...terms, ...ofAuthor]) !== undefined;
  const isByNumber = !isText && repository !== undefined;
  const plan = { filter, terms, author: ofAuthor, repository, axis: isByNumber ? 'number' : 'id' } as const;
  return {
    ...plan,
    match: isText ? matchOf([...terms, ...ofAuthor, ...others]) : undefined,
    below: isByNumber ? await numberBelow(session, repository, before) : Math.min(before, last.id + 1),
    indexed: (await indexed(session)) ?? { low: 1, high: 0 },
    commits: await commitsOf(session, shaIn(terms), before),
    tests: await findTests(session, terms, repository),
  };
}

async function numberBelow(session: Session<Tables>, repository: number, before: number): Promise<number> {
  return ((await session.one(numberBefore, { repository, before }))?.number ?? 0) + 1;
}

async function commitsOf(session: Session<Tables>, sha: string | undefined, before: number): Promise<number[]> {
  if (sha === undefined) return [];
  // "+": by the index on commits, and not from the newest run down
  const found = await sql<{
    id: number;
  }>`select id from runs where sha >= ${sha} and sha < ${`${sha}g`} and id < ${before}
    order by +id desc limit ${MOST_COMMITS}`.execute(session.db);
  return found.rows.map(({ id }) => id);
}
