import type { Annotation } from '../model/findings.ts';
import type { JobRecord } from '../store/job-record.ts';
import type { FlakyTest, NotedTest, RunTest, RunTests, TestHistory } from '../store/tests.ts';

/** Most failing tests that become annotations. */
const MAX_ANNOTATIONS = 50;

/** One test of a run. */
export function testJson(test: RunTest) {
  return {
    job: test.job,
    job_name: test.jobName,
    execution: test.execution,
    suite: test.suite,
    name: test.name,
    conclusion: test.conclusion,
    duration_ms: test.durationMs,
    message: test.message ?? null,
    file: test.file ?? null,
    line: test.line ?? null,
    flaky: test.isFlaky,
    recovered: test.hasRecovered,
  };
}

/**
 * What the tests of a run say, as the API shows it in the detail of the run; null if there was no report. `isNew`: did a
 * failing one not fail at the commit before? Null: not known.
 */
export function testsJson(tests: RunTests | undefined, isNew: (test: NotedTest) => boolean | null = () => null) {
  if (tests === undefined) return null;
  const { passed, failed, skipped, flaky, noted } = tests;
  const cases = noted.map((one: NotedTest) => ({
    ...testJson(one),
    new: one.conclusion === 'failure' ? isNew(one) : null,
    history: historyJson(one.history),
  }));
  return { total: passed + failed + skipped, passed, failed, skipped, flaky, cases };
}

/** A flaky test of a repository. */
export function flakyJson(test: FlakyTest) {
  return {
    workflow: test.workflow,
    job: test.job,
    suite: test.suite,
    name: test.name,
    flaky: true,
    times: test.times,
    first_at: test.firstAt.toISOString(),
    last_at: test.lastAt.toISOString(),
    last_run: test.lastRun,
    history: historyJson(test.history),
  };
}

function historyJson({ failed, runs, failedTries, tries }: TestHistory) {
  return { failed, runs, failed_tries: failedTries, tries };
}

/** Remarks on lines of the code: of failing tests, then of the jobs themselves. */
export function annotationsJson(tests: RunTests | undefined, jobs: readonly JobRecord[]) {
  const failing = (tests?.noted ?? []).filter((one) => one.conclusion === 'failure' && one.file !== undefined);
  return [
    ...failing.slice(0, MAX_ANNOTATIONS).map((one) => annotationJson(annotationOf(one), one.job, one.jobName)),
    ...jobs.flatMap((job) => job.annotations.map((one) => annotationJson(one, job.id, job.name))),
  ];
}

function annotationOf({ suite, name, message, file, line }: RunTest): Annotation {
  return {
    level: 'error',
    title: suite === '' ? name : `${suite}: ${name}`,
    message: message ?? 'failed',
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function annotationJson(one: Annotation, job: number, jobName: string) {
  return {
    ...{ job, job_name: jobName, level: one.level, title: one.title ?? null, message: one.message },
    ...{ file: one.file ?? null, line: one.line ?? null, end_line: one.endLine ?? null },
    ...{ column: one.column ?? null, end_column: one.endColumn ?? null, step: one.step ?? null },
  };
}
