import * as z from 'zod';
import { playwright } from './json-playwright.ts';
import { draft, type TestDraft } from './test-draft.ts';

/*
 * The JSON of the common runners, told apart by what stands in it. Each schema names only what is read.
 */

/** Reads the report if it is of its kind; undefined if it is not. */
type Reader = (report: unknown) => readonly TestDraft[] | undefined;

const jestSchema = z.object({
  numTotalTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string().optional(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()).optional(),
          title: z.string(),
          status: z.string(),
          duration: z.number().nullish(),
          failureMessages: z.array(z.string()).nullish(),
          location: z.object({ line: z.number() }).nullish(),
          invocations: z.number().nullish(),
        }),
      ),
    }),
  ),
});

/** `jest --json`, `vitest --reporter=json`. */
const jest: Reader = (report) => {
  const parsed = jestSchema.safeParse(report);
  if (!parsed.success) return undefined;
  return parsed.data.testResults.flatMap(({ name: file, status, message, assertionResults }) => {
    // a file that could not be loaded has no test that could have failed
    if (assertionResults.length === 0 && status === 'failed')
      return [draft({ suite: file, name: '(the file itself)', conclusion: 'failure', message, file })];
    return assertionResults.map((one) =>
      draft({
        suite: one.ancestorTitles?.filter((title) => title !== '').join(' > ') || file,
        name: one.title,
        conclusion: one.status === 'failed' ? 'failure' : one.status === 'passed' ? 'success' : 'skipped',
        durationMs: one.duration,
        message: one.failureMessages?.join('\n\n'),
        file,
        line: one.location?.line,
        isFlaky: (one.invocations ?? 1) > 1,
      }),
    );
  });
};

const mochaTest = z.object({
  title: z.string(),
  fullTitle: z.string(),
  file: z.string().nullish(),
  duration: z.number().nullish(),
  currentRetry: z.number().nullish(),
  err: z.object({ message: z.string().optional(), stack: z.string().optional() }).nullish(),
});
const mochaSchema = z.object({
  stats: z.object({ passes: z.number(), failures: z.number() }),
  passes: z.array(mochaTest),
  failures: z.array(mochaTest),
  pending: z.array(mochaTest),
});

/** `mocha --reporter json`. */
const mocha: Reader = (report) => {
  const parsed = mochaSchema.safeParse(report);
  if (!parsed.success) return undefined;
  const { failures, passes, pending } = parsed.data;
  const read = (conclusion: TestDraft['conclusion']) => (one: z.infer<typeof mochaTest>) =>
    draft({
      suite: one.fullTitle.endsWith(one.title) ? one.fullTitle.slice(0, -one.title.length) : '',
      name: one.title,
      conclusion,
      durationMs: one.duration,
      message: conclusion === 'failure' ? (one.err?.stack ?? one.err?.message ?? 'failed') : undefined,
      file: one.file ?? undefined,
      isFlaky: (one.currentRetry ?? 0) > 0,
    });
  return [...failures.map(read('failure')), ...passes.map(read('success')), ...pending.map(read('skipped'))];
};

const stage = z
  .object({
    duration: z.number().nullish(),
    outcome: z.string(),
    crash: z.object({ path: z.string(), lineno: z.number(), message: z.string() }).nullish(),
    longrepr: z.string().nullish(),
  })
  .nullish();
const pytestSchema = z.object({
  exitcode: z.number(),
  root: z.string(),
  tests: z
    .array(
      z.object({
        nodeid: z.string(),
        lineno: z.number().nullish(),
        outcome: z.string(),
        setup: stage,
        call: stage,
        teardown: stage,
      }),
    )
    .optional(),
  collectors: z.array(z.object({ nodeid: z.string(), outcome: z.string(), longrepr: z.string().nullish() })).optional(),
});

/** `pytest --json-report`. */
const pytest: Reader = (report) => {
  const parsed = pytestSchema.safeParse(report);
  if (!parsed.success) return undefined;
  const { tests = [], collectors = [] } = parsed.data;
  const broken = collectors.filter(({ outcome }) => outcome === 'failed');
  return [
    ...broken.map(({ nodeid, longrepr }) => {
      const message = longrepr ?? 'could not be collected';
      return draft({ suite: nodeid, name: '(the file itself)', conclusion: 'failure', message, file: nodeid });
    }),
    ...tests.map((one) => {
      const parts = one.nodeid.split('::');
      const stages = [one.setup, one.call, one.teardown];
      const bad = stages.find((found) => found?.outcome === 'failed' || found?.outcome === 'error');
      const isBad = one.outcome === 'failed' || one.outcome === 'error';
      const seconds = stages.reduce((sum, found) => sum + (found?.duration ?? 0), 0);
      const isGood = one.outcome === 'passed' || one.outcome === 'xpassed';
      const crash = bad?.crash;
      return draft({
        suite: parts.slice(0, -1).join('::'),
        name: parts.at(-1) ?? one.nodeid,
        conclusion: isBad ? 'failure' : isGood ? 'success' : 'skipped',
        durationMs: seconds * 1000,
        message: isBad ? [crash?.message, bad?.longrepr].filter(Boolean).join('\n') || one.outcome : undefined,
        file: parts[0],
        // pytest counts its tests from 0, and the lines of a crash from 1
        line: crash?.path.endsWith(parts[0] ?? '') ? crash.lineno : (one.lineno ?? Number.NaN) + 1,
      });
    }),
  ];
};

const rspecSchema = z.object({
  examples: z.array(
    z.object({
      description: z.string(),
      full_description: z.string(),
      status: z.string(),
      file_path: z.string(),
      line_number: z.number(),
      run_time: z.number().nullish(),
      exception: z
        .object({ class: z.string(), message: z.string().nullish(), backtrace: z.array(z.string()).nullish() })
        .nullish(),
    }),
  ),
});

/** `rspec --format json`. */
const rspec: Reader = (report) => {
  const parsed = rspecSchema.safeParse(report);
  if (!parsed.success) return undefined;
  return parsed.data.examples.map(
    ({ description, full_description, status, file_path, line_number, run_time, exception }) =>
      draft({
        suite: full_description.endsWith(description) ? full_description.slice(0, -description.length) : file_path,
        name: description,
        conclusion: status === 'failed' ? 'failure' : status === 'passed' ? 'success' : 'skipped',
        durationMs: (run_time ?? Number.NaN) * 1000,
        message: exception
          ? [exception.message ?? exception.class, ...(exception.backtrace ?? [])].join('\n')
          : undefined,
        file: file_path,
        line: line_number,
      }),
  );
};

const READERS: readonly Reader[] = [jest, mocha, pytest, playwright, rspec];

/** The tests of a runner's JSON; undefined if it is of no kind that is known. */
export function readJson(report: unknown): readonly TestDraft[] | undefined {
  for (const read of READERS) {
    const tests = read(report);
    if (tests !== undefined) return tests;
  }
  return undefined;
}
