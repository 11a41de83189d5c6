import { type RawBuilder, sql } from 'kysely';
import type { Database } from './database.ts';
import { conditionsOf, pageOf, readRuns } from './read-runs.ts';
import type { RunRecord } from './run-record.ts';
import { type RunRow, selectRuns, toRunRecord } from './run-rows.ts';
import type { FoundRuns, FoundTest, SearchFilter } from './search.ts';
import { planSearch, type SearchPlan } from './search-plan.ts';
import { failuresOf, lastRunsOf } from './search-tests.ts';
import { holdsAll, searchedText } from './search-text.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';

/** Runs that one step looks at one by one. */
const LOOKED_AT = 2_000;
/** Ids that one step goes through where there is no text. */
const FILTERED = 10_000;
/** Runs that the index is asked for at once. */
const MOST_NAMED = 4_000;
/** Runs that one search looks at, and ids that it goes through for those without a text; then the page ends. */
const MOST_LOOKED_AT = 15_000;
const MOST_FILTERED = 200_000;
/** Tests that are told of one run. */
const TESTS_OF_RUN = 3;

/** A part of the walk. `below`: all above is done. */
interface Step {
  readonly rows: readonly RunRow[];
  readonly below: number;
  readonly lookedAt: number;
}

/** Finds runs, newest first; see {@link RunSearch.runs}. */
export async function searchRuns(database: Database<Tables>, filter: SearchFilter): Promise<FoundRuns> {
  if (isPlain(filter)) return plainPage(await database.read((session) => readRuns(session, filter)), filter);
  const plan = await database.read((session) => planSearch(session, filter));
  if (plan === undefined) return { runs: [], next: null, tests: [] };
  const { runs, next } = await walk(database, plan);
  if (runs.length > 0 || next !== null || filter.before !== undefined)
    return { runs, next, tests: await database.read((session) => testsOf(session, plan, runs)) };
  return database.read((session) => lastOnes(session, plan));
}

/** Without a text, and with nothing that could be rare: an index has the answer. */
function isPlain({ q = '', author = '', sha, ref, status, conclusion }: SearchFilter): boolean {
  if (q.trim() !== '' || author.trim() !== '') return false;
  if (sha !== undefined || (status !== undefined && status !== 'completed')) return true;
  return ref === undefined && status === undefined && conclusion === undefined;
}

function plainPage(runs: RunRecord[], { limit }: SearchFilter): FoundRuns {
  return { runs, next: runs.length === pageOf(limit) ? (runs.at(-1)?.id ?? null) : null, tests: [] };
}

/** From the newest run down, in steps, until the page is full. */
async function walk(database: Database<Tables>, plan: SearchPlan): Promise<Pick<FoundRuns, 'runs' | 'next'>> {
  const limit = pageOf(plan.filter.limit);
  const found: RunRow[] = [];
  let { below } = plan;
  let named = 2 * limit;
  let left = plan.terms.length + plan.author.length === 0 ? MOST_FILTERED : MOST_LOOKED_AT;
  while (below > 1 && found.length < limit && left > 0) {
    const step = await database.read((session) =>
      stepDown(session, plan, { below, named, wanted: limit - found.length }),
    );
    found.push(...step.rows);
    left -= step.lookedAt;
    named = Math.min(2 * named, MOST_NAMED); // each question of the index has its price
    below = step.below;
  }
  const runs = found.map(toRunRecord);
  if (found.length === limit) return { runs, next: found.at(-1)?.id ?? null };
  return { runs, next: below > 1 ? await database.read((session) => idBelow(session, plan, below)) : null };
}

interface Place {
  readonly below: number;
  readonly named: number;
  readonly wanted: number;
}

function stepDown(session: Session<Tables>, plan: SearchPlan, { below, named, wanted }: Place): Promise<Step> {
  const { low, high } = plan.indexed;
  const isText = plan.terms.length + plan.author.length > 0;
  const few = { below, wanted, from: Math.max(1, below - (isText ? LOOKED_AT : FILTERED)) };
  if (plan.match === undefined || below <= low) return lookAtAll(session, plan, few);
  if (below > high + 1) return lookAtAll(session, plan, { ...few, from: Math.max(few.from, high + 1) });
  return lookUp(session, plan, { below, wanted, from: low }, named);
}

interface Range {
  readonly from: number;
  readonly below: number;
  readonly wanted: number;
}

/** What the index names, and what it cannot know: commits by their ids, and tests. */
async function lookUp(
  session: Session<Tables>,
  plan: SearchPlan,
  { from, below, wanted }: Range,
  limit: number,
): Promise<Step> {
  const found = await sql<{ id: number }>`select rowid as id from search_runs
    where search_runs match ${plan.match} and rowid >= ${from} and rowid < ${below}
    order by rowid desc limit ${limit}`.execute(session.db);
  const ids = found.rows.map(({ id }) => id);
  const reached = ids.length < limit ? from : (ids.at(-1) ?? from);
  return pick(session, plan, { ids, from: reached, below, wanted });
}

/** Runs that no index can name, or that are not in it yet. */
async function lookAtAll(session: Session<Tables>, plan: SearchPlan, { from, below, wanted }: Range): Promise<Step> {
  const { axis, repository, terms, author, filter } = plan;
  if (terms.length + author.length === 0) return filterAll(session, plan, { from, below, wanted });
  let query = session.db
    .selectFrom('runs')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .select([
      'runs.id',
      'runs.number',
      'runs.title',
      'runs.author',
      'runs.ref',
      'runs.workflow',
      'runs.path',
      'runs.sha',
    ])
    .select('repositories.name as repository_name')
    .where(`runs.${axis}`, '>=', from)
    .where(`runs.${axis}`, '<', below)
    .where((row) => row.and(conditionsOf(row, filter)))
    .orderBy(`runs.${axis}`, 'desc');
  if (repository !== undefined) query = query.where('runs.repository', '=', repository);
  const rows = await query.execute();
  const fitting = rows.filter((row) => fits(plan, row));
  const kept = fitting.slice(0, wanted);
  const last = fitting.length > wanted ? kept.at(-1)?.[axis] : undefined;
  if (axis === 'id') {
    const step = await pick(session, plan, { ids: kept.map(({ id }) => id), from: last ?? from, below, wanted });
    return { ...step, lookedAt: below - from };
  }
  const full = await rowsOf(
    session,
    plan,
    kept.map(({ id }) => id),
  );
  return { rows: full, below: last ?? from, lookedAt: below - from };
}

/** No text at all: the database compares. */
async function filterAll(session: Session<Tables>, plan: SearchPlan, { from, below, wanted }: Range): Promise<Step> {
  const { axis, repository, filter } = plan;
  let query = selectRuns(session.db)
    .where(`runs.${axis}`, '>=', from)
    .where(`runs.${axis}`, '<', below)
    .where((row) => row.and(conditionsOf(row, filter)))
    .orderBy(`runs.${axis}`, 'desc')
    .limit(wanted);
  if (repository !== undefined) query = query.where('runs.repository', '=', repository);
  const rows = await query.execute();
  const reached = rows.length === wanted ? (rows.at(-1)?.[axis] ?? from) : from;
  return { rows, below: reached, lookedAt: below - reached };
}

/** Of these runs, and of others in the range that were found by commit or test, the newest that fit. */
async function pick(
  session: Session<Tables>,
  plan: SearchPlan,
  { ids, from, below, wanted }: Range & { readonly ids: readonly number[] },
): Promise<Step> {
  const failures = await failuresOf(session, plan.tests, { from, below, limit: LOOKED_AT });
  const byTest = new Set(failures.map(({ run }) => run));
  // there may be more that failed before the last one of very many
  const least = failures.length === LOOKED_AT ? (failures.at(-1)?.run ?? from) : from;
  const all = [...new Set([...ids, ...plan.commits, ...byTest])].filter((id) => id >= least && id < below);
  const rows = (await rowsOf(session, plan, all)).filter((row) => fits(plan, row, byTest));
  const kept = rows.slice(0, wanted);
  const reached = rows.length > wanted ? (kept.at(-1)?.id ?? least) : least;
  return { rows: kept, below: reached, lookedAt: all.length };
}

/** Those of these runs that the filter lets through, newest first. */
function rowsOf(
  session: Session<Tables>,
  { repository, filter }: SearchPlan,
  ids: readonly number[],
): Promise<RunRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  const listed: RawBuilder<number> = sql`(select value from json_each(${JSON.stringify(ids)}))`;
  let query = selectRuns(session.db)
    .where('runs.id', 'in', listed)
    .where((row) => row.and(conditionsOf(row, filter)))
    .orderBy('runs.id', 'desc');
  if (repository !== undefined) query = query.where('runs.repository', '=', repository);
  return query.execute();
}

function fits(
  { terms, author }: SearchPlan,
  row: Parameters<typeof searchedText>[0] & { readonly id: number; readonly sha: string },
  byTest?: ReadonlySet<number>,
): boolean {
  if (author.length > 0 && !holdsAll(author, row.author)) return false;
  return byTest?.has(row.id) === true || holdsAll(terms, searchedText(row), row.sha);
}

/** What `before` is for a place on the axis. */
async function idBelow(
  session: Session<Tables>,
  { axis, repository }: SearchPlan,
  below: number,
): Promise<number | null> {
  if (axis === 'id' || repository === undefined) return below;
  const next = session.db.selectFrom('runs').select('id').where('repository', '=', repository);
  const row = await next.where('number', '<', below).orderBy('number', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? null : row.id + 1;
}

/** By which tests these runs were found. */
async function testsOf(session: Session<Tables>, plan: SearchPlan, runs: readonly RunRecord[]): Promise<FoundTest[]> {
  const [newest, oldest] = [runs[0]?.id ?? 0, runs.at(-1)?.id ?? 1];
  const tests = new Map(plan.tests.map((test) => [test.id, test]));
  const shown = new Map(runs.map(({ id }) => [id, 0]));
  const found: FoundTest[] = [];
  const range = { from: oldest, below: newest + 1, limit: LOOKED_AT };
  for (const { test, run } of await failuresOf(session, plan.tests, range)) {
    const count = shown.get(run) ?? TESTS_OF_RUN;
    const { suite, name } = tests.get(test) ?? {};
    if (count >= TESTS_OF_RUN || suite === undefined || name === undefined) continue;
    shown.set(run, count + 1);
    found.push({ run, suite, name, hasFailed: true });
  }
  return found;
}

/** Nothing holds the text but the names of tests that never failed: where they ran last. */
async function lastOnes(session: Session<Tables>, plan: SearchPlan): Promise<FoundRuns> {
  const last = await lastRunsOf(session, plan.tests);
  const byTest = new Set(last.map(({ run }) => run));
  const rows = (await rowsOf(session, plan, [...byTest])).filter((row) => fits(plan, row, byTest));
  const ids = new Set(rows.map(({ id }) => id));
  const tests = last
    .filter(({ run }) => ids.has(run))
    .map(({ run, test: { suite, name } }) => ({ run, suite, name, hasFailed: false }));
  return { runs: rows.slice(0, pageOf(plan.filter.limit)).map(toRunRecord), next: null, tests };
}
