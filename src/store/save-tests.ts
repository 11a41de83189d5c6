import { type Kysely, sql } from 'kysely';
import { insertRow } from './insert-row.ts';
import type { JobRow } from './job-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { endsOf, type PackedTests, unpackTests } from './test-pack.ts';

/** Reports on one tree that a new one is compared with, the newest ones. */
const COMPARED = sql<number>`5`;

const insert = insertRow(
  'test_reports',
  ...(['job', 'execution', 'run', 'repository', 'workflow', 'job_key', 'tree', 'passed', 'failed', 'skipped'] as const),
  'cases',
);
const toSearch = insertRow('search_reports', 'job', 'execution', 'done');
const runOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('runs').select(['workflow', 'tree']).where('id', '=', p.run),
);
type OnTree = Pick<Tables['test_reports'], 'repository' | 'workflow' | 'job_key' | 'tree'>;
const onTree = statement((db: Kysely<Tables>, p: OnTree) =>
  db
    .selectFrom('test_reports')
    .select('cases')
    .where('tree', '=', p.tree)
    .where('repository', '=', p.repository)
    .where('workflow', '=', p.workflow)
    .where('job_key', '=', p.job_key)
    .orderBy('run', 'desc')
    .orderBy('execution', 'desc')
    .limit(COMPARED),
);
const note = statement(
  (
    db: Kysely<Tables>,
    p: Pick<Tables['flaky_tests'], 'repository' | 'workflow' | 'job_key' | 'suite' | 'name' | 'run'> & { at: number },
  ) =>
    db
      .insertInto('flaky_tests')
      .values({
        ...{ repository: p.repository, workflow: p.workflow, job_key: p.job_key, suite: p.suite, name: p.name },
        ...{ run: p.run, times: 1, first_at: p.at, last_at: p.at },
      })
      .onConflict((conflict) =>
        conflict.columns(['repository', 'workflow', 'job_key', 'suite', 'name']).doUpdateSet((row) => ({
          run: row.ref('excluded.run'),
          last_at: row.ref('excluded.last_at'),
          times: sql<number>`flaky_tests.times + 1`,
        })),
      ),
);

/** Keeps what the reports of an execution said, and notes which of the tests are flaky. */
export async function saveTests(
  session: Session<Tables>,
  row: JobRow,
  execution: number,
  tests: PackedTests,
  at: Date,
) {
  const run = await session.one(runOf, { run: row.run });
  if (run === undefined) return;
  const job_key = jobKeyOf(row.key);
  const place = { repository: row.repository, workflow: run.workflow, job_key, tree: run.tree ?? '' };
  const former = run.tree === null ? [] : await session.all(onTree, place);
  await session.run(insert, { ...place, ...tests, job: row.id, execution, run: row.run });
  await session.run(toSearch, { job: row.id, execution, done: 0 });
  for (const { suite, name } of flakesIn(tests, former)) {
    const { repository, workflow } = place;
    await session.run(note, { repository, workflow, job_key, suite, name, run: row.run, at: +at });
  }
}

/** The key of a job without what tells those of several attempts apart. */
export function jobKeyOf(key: string): string {
  return key.replace(/ #\d+$/, '');
}

/** Tests that ended otherwise than before on the same tree, or that say so themselves. */
function flakesIn(tests: PackedTests, former: readonly { readonly cases: Uint8Array }[]) {
  const now = endsOf(unpackTests(tests.cases));
  const before = former.map(({ cases }) => endsOf(unpackTests(cases)));
  return [...now].flatMap(([key, one]) => {
    const isOther = before.some((ends) => isContrary(one.conclusion, ends.get(key)?.conclusion));
    return isOther || one.isFlaky === true ? [one] : [];
  });
}

function isContrary(one: string, other: string | undefined): boolean {
  return (one === 'failure' && other === 'success') || (one === 'success' && other === 'failure');
}
