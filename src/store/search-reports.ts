import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { TestCase } from '../model/findings.ts';
import { searchedTest } from './search-text.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { endsOf, testKey, unpackTests } from './test-pack.ts';

/** Tests of one step. */
const TESTS = 200;
/** Failing tests of one execution that find it; with more of them the run is found by any. */
const MOST_FAILURES = 500;

type Key = { job: number; execution: number };
const reportOf = statement((db: Kysely<Tables>, p: Key) =>
  db
    .selectFrom('test_reports')
    .select(['run', 'repository', 'workflow', 'job_key', 'cases'])
    .where('job', '=', p.job)
    .where('execution', '=', p.execution),
);
const advance = statement((db: Kysely<Tables>, p: Key & { done: number }) =>
  db.updateTable('search_reports').set({ done: p.done }).where('job', '=', p.job).where('execution', '=', p.execution),
);
const drop = statement((db: Kysely<Tables>, p: Key) =>
  db.deleteFrom('search_reports').where('job', '=', p.job).where('execution', '=', p.execution),
);
type Named = Pick<Tables['tests'], 'repository' | 'suite' | 'name'>;
const find = statement((db: Kysely<Tables>, p: Named) =>
  db
    .selectFrom('tests')
    .select('id')
    .where('repository', '=', p.repository)
    .where('suite', '=', p.suite)
    .where('name', '=', p.name),
);
const insert = statement((db: Kysely<Tables>, p: Named & { workflow: string; job_key: string; run: number }) =>
  db.insertInto('tests').values({
    ...{ repository: p.repository, workflow: p.workflow, job_key: p.job_key },
    ...{ suite: p.suite, name: p.name, run: p.run },
  }),
);
const insertText = statement((db: Kysely<Tables>, p: { id: number; text: string }) =>
  db.insertInto('search_tests').values({ rowid: p.id, text: p.text }),
);
const failed = statement((db: Kysely<Tables>, p: { test: number; run: number }) =>
  db
    .insertInto('test_failures')
    .values({ test: p.test, run: p.run })
    .onConflict((conflict) => conflict.doNothing()),
);
const MERGE = sql.raw(`insert into search_tests (search_tests, rank) values ('merge', 64)`);

/** Jobs of which it is remembered what tests they have: mostly the same ones as the time before. */
const REMEMBERED = 1_000;

/** A digest of the names of all tests of a job that are in the index, by what names the job. */
export type SeenTests = Map<string, string>;

/** Takes the next tests of a report into the index: their names, and in which run they failed. */
export async function indexReport(
  session: Session<Tables>,
  key: Key & { readonly done: number },
  seen: SeenTests,
): Promise<void> {
  const report = await session.one(reportOf, key);
  if (report === undefined) return void (await session.run(drop, key));
  const { repository, workflow, run, job_key } = report;
  const place = { repository, workflow, job_key, run };
  const all = searched(unpackTests(report.cases));
  const job = `${repository}\n${workflow}\n${job_key}`;
  const digest = digestOf(all);
  const isSeen = key.done === 0 && seen.get(job) === digest;
  const tests = isSeen ? all.filter(({ conclusion }) => conclusion === 'failure') : all;
  // those that fail are few
  for (const { suite, name, conclusion } of isSeen ? tests : tests.slice(key.done, key.done + TESTS)) {
    const named = { repository, suite, name };
    const known = (await session.one(find, named))?.id;
    const id = known ?? (await session.insert(insert, { ...named, ...place }));
    if (known === undefined) await session.run(insertText, { id, text: searchedTest(named) });
    if (conclusion === 'failure') await session.run(failed, { test: id, run });
  }
  const done = key.done + TESTS;
  await MERGE.execute(session.db);
  if (done < tests.length && !isSeen) return void (await session.run(advance, { ...key, done }));
  await session.run(drop, key);
  session.afterCommit(() => remember(seen, job, digest));
}

function digestOf(tests: readonly Pick<TestCase, 'suite' | 'name'>[]): string {
  const hash = createHash('sha256');
  for (const test of tests) hash.update(`${testKey(test)}\n`);
  return hash.digest('base64');
}

function remember(seen: SeenTests, job: string, digest: string): void {
  seen.delete(job);
  seen.set(job, digest);
  const [oldest] = seen.keys();
  if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest);
}

/** In an order that stays the same from step to step; of very many that fail only some count as such. */
function searched(tests: readonly TestCase[]): readonly Pick<TestCase, 'suite' | 'name' | 'conclusion'>[] {
  let failures = 0;
  return [...endsOf(tests).values()].map(({ suite, name, conclusion }) => {
    if (conclusion === 'failure') failures += 1;
    return { suite, name, conclusion: conclusion === 'failure' && failures > MOST_FAILURES ? 'success' : conclusion };
  });
}
