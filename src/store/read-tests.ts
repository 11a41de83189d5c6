import { type Kysely, sql } from 'kysely';
import type { TestCase } from '../model/findings.ts';
import type { Database } from './database.ts';
import { jobKeyOf } from './save-tests.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { endsOf, testKey, unpackTests } from './test-pack.ts';
import type { FlakyTest, NotedTest, RunTest, RunTests, TestHistory, TestStore } from './tests.ts';

const NO_HISTORY: TestHistory = { failed: 0, runs: 0, failedTries: 0, tries: 0 };
/** Runs that the history of a test looks back on. */
const LOOK_BACK = 20;
/** A test is called flaky for so many runs of its repository after it was so last. */
const FLAKY_RUNS = 100;
/** Most tests of a run that are told with their history, and most flaky ones of a repository. */
const MAX_NOTED = 100;
const MAX_FLAKY = sql<number>`200`;

function selectReports(db: Kysely<Tables>) {
  return db
    .selectFrom('test_reports')
    .innerJoin('jobs', 'jobs.id', 'test_reports.job')
    .select(['jobs.id as job', 'jobs.key', 'jobs.name as job_name', 'test_reports.execution'])
    .select(['test_reports.repository', 'test_reports.workflow', 'test_reports.cases'])
    .select(['test_reports.passed', 'test_reports.skipped'])
    .where('jobs.is_former', '=', sql.lit(0))
    .orderBy('jobs.id')
    .orderBy('test_reports.execution');
}
const reportsOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  selectReports(db).where('test_reports.run', '=', p.run),
);
type Row = Awaited<ReturnType<ReturnType<typeof selectReports>['execute']>>[number];
/** A report with its tests. */
type Report = Row & { readonly tests: readonly TestCase[] };

type OfJob = { repository: number; workflow: string; job_key: string; before: number };
const lastReports = statement((db: Kysely<Tables>, p: OfJob) =>
  db
    .selectFrom('test_reports')
    .select(['run', 'cases'])
    .where('repository', '=', p.repository)
    .where('workflow', '=', p.workflow)
    .where('job_key', '=', p.job_key)
    .where('run', '<=', p.before)
    .orderBy('run', 'desc')
    .limit(sql<number>`60`),
);
const flakyOf = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db
    .selectFrom('flaky_tests')
    .innerJoin('runs', 'runs.id', 'flaky_tests.run')
    .selectAll('flaky_tests')
    .select('runs.number')
    .where('flaky_tests.repository', '=', p.repository)
    .orderBy('last_at', 'desc')
    .limit(MAX_FLAKY),
);
const numberOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('runs').select('number').where('id', '=', p.run),
);

/** {@link TestStore} in the store's database. */
export function testsIn(database: Database<Tables>): TestStore {
  return {
    ofRun: (run) => database.read((session) => ofRun(session, run)),
    allOfRun: (run) => database.read((session) => allOfRun(session, run)),
    flaky: (repository) => database.read((session) => flaky(session, repository)),
  };
}

async function readReports(session: Session<Tables>, run: number): Promise<readonly Report[]> {
  return (await session.all(reportsOf, { run })).map((row) => ({ ...row, tests: unpackTests(row.cases) }));
}

async function ofRun(session: Session<Tables>, run: number): Promise<RunTests | undefined> {
  const reports = await readReports(session, run);
  if (reports.length === 0) return undefined;
  const tests = await testsOf(session, run, reports);
  // those without names are counted only there
  const count = (name: 'passed' | 'skipped') => lastOnes(reports).reduce((sum, report) => sum + report[name], 0);
  const failed = tests.filter(({ conclusion }) => conclusion === 'failure');
  const recovered = tests.filter(({ hasRecovered }) => hasRecovered);
  const noted = [...failed, ...recovered].slice(0, MAX_NOTED);
  return {
    ...{ passed: count('passed'), failed: failed.length, skipped: count('skipped'), flaky: recovered.length },
    noted: await withHistory(session, run, reports, noted),
  };
}

async function allOfRun(session: Session<Tables>, run: number): Promise<readonly RunTest[]> {
  const tests = await testsOf(session, run, await readReports(session, run));
  const isFailing = ({ conclusion }: RunTest) => conclusion === 'failure';
  return [...tests.filter(isFailing), ...tests.filter((one) => !isFailing(one))];
}

/** Those of the last execution of each job. */
async function testsOf(session: Session<Tables>, run: number, reports: readonly Report[]): Promise<readonly RunTest[]> {
  const [first] = reports;
  if (first === undefined) return [];
  const known = await flakyKeys(session, first.repository, run);
  const last = lastOnes(reports);
  const former = reports.filter((report) => !last.includes(report));
  const failed = new Set(
    former.flatMap(({ job, tests }) =>
      tests.flatMap((one) => (one.conclusion === 'failure' ? [`${job} ${testKey(one)}`] : [])),
    ),
  );
  return last.flatMap(({ job, job_name: jobName, execution, workflow, key, tests }) =>
    tests.map((one) => {
      const isGreenNow = one.conclusion === 'success';
      const hasRecovered = isGreenNow && (one.isFlaky === true || failed.has(`${job} ${testKey(one)}`));
      const isFlaky = hasRecovered || known.has(placeKey(workflow, jobKeyOf(key), one));
      return { ...one, job, jobName, execution, hasRecovered, isFlaky };
    }),
  );
}

/** The report of the last execution of each job; an earlier one, where the last one wrote none. */
function lastOnes(reports: readonly Report[]): readonly Report[] {
  return [...new Map(reports.map((report) => [report.job, report])).values()];
}

async function withHistory(
  session: Session<Tables>,
  run: number,
  reports: readonly Report[],
  tests: readonly RunTest[],
): Promise<readonly NotedTest[]> {
  const histories = new Map<number, (test: TestCase) => TestHistory>();
  for (const { job, repository, workflow, key } of lastOnes(reports)) {
    if (!tests.some((one) => one.job === job)) continue;
    histories.set(job, await historiesOf(session, { repository, workflow, job_key: jobKeyOf(key), before: run }));
  }
  return tests.map((one) => ({ ...one, history: histories.get(one.job)?.(one) ?? NO_HISTORY }));
}

/** Looks up the histories of the tests of one job. */
async function historiesOf(
  session: Session<Tables>,
  job: OfJob,
): Promise<(test: Pick<TestCase, 'suite' | 'name'>) => TestHistory> {
  const runs = new Map<number, ReadonlyMap<string, TestCase>[]>();
  for (const { run, cases } of await session.all(lastReports, job)) {
    if (!runs.has(run) && runs.size === LOOK_BACK) break;
    runs.set(run, [...(runs.get(run) ?? []), endsOf(unpackTests(cases))]);
  }
  return (test) => {
    const key = testKey(test);
    const ended = [...runs.values()].map((executions) => executions.flatMap((ends) => ends.get(key) ?? []));
    const ran = ended.map((ends) => ends.filter(({ conclusion }) => conclusion !== 'skipped')).filter(isSome);
    const ends = ran.flat();
    return {
      failed: ran.filter((ofRun) => ofRun.some(isBad)).length,
      runs: ran.length,
      failedTries: ends.filter(isBad).length,
      tries: ends.length + ends.filter(isTriedTwice).length,
    };
  };
}

function isSome(list: readonly unknown[]): boolean {
  return list.length > 0;
}

function isBad(test: TestCase): boolean {
  return test.conclusion === 'failure' || isTriedTwice(test);
}

/** In one execution it failed, and passed when its own tool tried it again. */
function isTriedTwice({ conclusion, isFlaky }: TestCase): boolean {
  return conclusion !== 'failure' && isFlaky === true;
}

/** Keys of the tests of a repository that were flaky shortly before a run, or in it. */
async function flakyKeys(session: Session<Tables>, repository: number, run: number): Promise<ReadonlySet<string>> {
  const rows = await session.all(flakyOf, { repository });
  if (rows.length === 0) return new Set();
  const number = (await session.one(numberOf, { run }))?.number ?? 0;
  const near = rows.filter((row) => Math.abs(number - row.number) <= FLAKY_RUNS);
  return new Set(near.map((row) => placeKey(row.workflow, row.job_key, row)));
}

function placeKey(workflow: string, jobKey: string, test: Pick<TestCase, 'suite' | 'name'>): string {
  return `${workflow}\n${jobKey}\n${testKey(test)}`;
}

async function flaky(session: Session<Tables>, repository: number): Promise<readonly FlakyTest[]> {
  const histories = new Map<string, Awaited<ReturnType<typeof historiesOf>>>();
  const found: FlakyTest[] = [];
  for (const row of await session.all(flakyOf, { repository })) {
    const { workflow, job_key, suite, name, times } = row;
    const job = `${workflow}\n${job_key}`;
    const history =
      histories.get(job) ??
      (await historiesOf(session, { repository, workflow, job_key, before: Number.MAX_SAFE_INTEGER }));
    histories.set(job, history);
    const dates = { firstAt: new Date(row.first_at), lastAt: new Date(row.last_at) };
    found.push({
      workflow,
      job: job_key,
      suite,
      name,
      times,
      ...dates,
      lastRun: row.run,
      history: history({ suite, name }),
    });
  }
  return found;
}
