import { type Kysely, sql } from 'kysely';
import { newestReport, type ReportPlace } from './newest-report.ts';
import type { TrimmedTests } from './retention.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { testKey } from './test-pack.ts';

type Page = { after: number; limit: number };
const flaky = statement((db: Kysely<Tables>, p: Page) =>
  db
    .selectFrom('flaky_tests')
    .leftJoin('runs', 'runs.id', 'flaky_tests.run')
    .select([sql<number>`flaky_tests.rowid`.as('at'), 'runs.id as run'])
    .where(sql`flaky_tests.rowid`, '>', p.after)
    .orderBy(sql`flaky_tests.rowid`)
    .limit(p.limit),
);
const dropFlaky = statement((db: Kysely<Tables>, p: { at: number }) =>
  db.deleteFrom('flaky_tests').where(sql`rowid`, '=', p.at),
);
const named = statement((db: Kysely<Tables>, p: Page) =>
  db
    .selectFrom('tests')
    .leftJoin('runs', 'runs.id', 'tests.run')
    .select(['tests.id', 'tests.repository', 'tests.workflow', 'tests.job_key', 'tests.suite', 'tests.name'])
    .select('runs.id as run')
    .where('tests.id', '>', p.after)
    .orderBy('tests.id')
    .limit(p.limit),
);
const lastFailure = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('test_failures').select('run').where('test', '=', p.id).orderBy('run', 'desc').limit(sql<number>`1`),
);
const move = statement((db: Kysely<Tables>, p: { id: number; run: number }) =>
  db.updateTable('tests').set({ run: p.run }).where('id', '=', p.id),
);
const dropTest = statement((db: Kysely<Tables>, p: { id: number }) => db.deleteFrom('tests').where('id', '=', p.id));
const dropText = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.deleteFrom('search_tests').where('rowid', '=', p.id),
);

/** Forgets that tests were flaky in runs that are gone; see {@link Retention.trimFlaky}. */
export async function trimFlaky(session: Session<Tables>, page: Page): Promise<TrimmedTests> {
  const rows = await session.all(flaky, page);
  const gone = rows.filter(({ run }) => run === null);
  for (const { at } of gone) await session.run(dropFlaky, { at });
  return { last: rows.at(-1)?.at ?? null, removed: gone.length };
}

/** Forgets the names of tests that no run has any more; see {@link Retention.trimNames}. */
export async function trimNames(session: Session<Tables>, page: Page): Promise<TrimmedTests> {
  const rows = await session.all(named, page);
  const reports = new Map<string, ReturnType<typeof newestReport>>();
  const reportAt = (place: ReportPlace) => {
    const key = `${place.repository}\n${place.workflow}\n${place.job_key}`;
    const known = reports.get(key) ?? newestReport(session, place);
    reports.set(key, known);
    return known;
  };
  let removed = 0;
  for (const { id, run, repository, workflow, job_key, ...test } of rows) {
    if (run !== null) continue; // the run in which it was seen is there
    const report = await reportAt({ repository, workflow, job_key });
    const seen = report?.names.has(testKey(test)) ? report.run : (await session.one(lastFailure, { id }))?.run;
    if (seen !== undefined) await session.run(move, { id, run: seen });
    else {
      await session.run(dropTest, { id });
      await session.run(dropText, { id });
      removed += 1;
    }
  }
  return { last: rows.at(-1)?.id ?? null, removed };
}
