import { sql } from 'kysely';
import { newestReport } from './newest-report.ts';
import { holdsAll, matchOf, searchedTest } from './search-text.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';
import { testKey } from './test-pack.ts';

/** Tests that one search looks at, those that came last; and reports that are opened to see where one ran last. */
const MOST_TESTS = 200;
const MOST_LOOKED_UP = 5;

type Test = Pick<Tables['tests'], 'repository' | 'workflow' | 'job_key' | 'suite' | 'name' | 'run'> & { id: number };

/** The tests whose names hold all of these. */
export async function findTests(
  session: Session<Tables>,
  terms: readonly string[],
  repository: number | undefined,
): Promise<readonly Test[]> {
  const match = matchOf(terms);
  if (match === undefined) return [];
  const found = await sql<Test>`select tests.id, tests.repository, workflow, job_key, suite, name, run
    from search_tests join tests on tests.id = search_tests.rowid
    where search_tests match ${match} and (${repository ?? null} is null or tests.repository = ${repository ?? null})
    order by search_tests.rowid desc limit ${MOST_TESTS}`.execute(session.db);
  return found.rows.filter((test) => holdsAll(terms, searchedTest(test)));
}

/** Which of these failed in runs with ids from `from` to below `below`; newest first, at most `limit` pairs. */
export async function failuresOf(
  session: Session<Tables>,
  tests: readonly Test[],
  { from, below, limit }: { readonly from: number; readonly below: number; readonly limit: number },
): Promise<readonly { readonly test: number; readonly run: number }[]> {
  if (tests.length === 0) return [];
  const ids = JSON.stringify(tests.map(({ id }) => id));
  const found = await sql<{ test: number; run: number }>`select test, run from test_failures
    where test in (select value from json_each(${ids})) and run >= ${from} and run < ${below}
    order by run desc, test limit ${limit}`.execute(session.db);
  return found.rows;
}

/** The last runs in which the first ones of these ran. */
export async function lastRunsOf(
  session: Session<Tables>,
  tests: readonly Test[],
): Promise<readonly { readonly test: Test; readonly run: number }[]> {
  const found: { test: Test; run: number }[] = [];
  for (const test of tests.slice(0, MOST_LOOKED_UP)) {
    const last = await newestReport(session, test);
    found.push({ test, run: last?.names.has(testKey(test)) ? last.run : test.run });
  }
  return found;
}
