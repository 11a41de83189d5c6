import * as z from 'zod';
import { draft, type TestDraft } from './test-draft.ts';

const error = z.object({
  message: z.string().optional(),
  stack: z.string().optional(),
  location: z.object({ file: z.string(), line: z.number() }).nullish(),
});
const spec = z.object({
  title: z.string(),
  file: z.string().nullish(),
  line: z.number().nullish(),
  tests: z.array(
    z.object({
      projectName: z.string().nullish(),
      /** `expected`, `unexpected`, `flaky`, `skipped`. */
      status: z.string().optional(),
      results: z.array(
        z.object({ status: z.string().nullish(), duration: z.number().nullish(), error: error.nullish() }),
      ),
    }),
  ),
});
interface Suite {
  readonly title: string;
  readonly file?: string | null | undefined;
  readonly specs?: readonly z.infer<typeof spec>[] | undefined;
  readonly suites?: readonly Suite[] | undefined;
}
const suite: z.ZodType<Suite> = z.object({
  title: z.string(),
  file: z.string().nullish(),
  specs: z.array(spec).optional(),
  get suites() {
    return z.array(suite).optional();
  },
});
const schema = z.object({ config: z.object({ rootDir: z.string() }), suites: z.array(suite) });

/** `playwright test --reporter=json`; undefined if it is something else. */
export function playwright(report: unknown): readonly TestDraft[] | undefined {
  const parsed = schema.safeParse(report);
  if (!parsed.success) return undefined;
  const tests: TestDraft[] = [];
  for (const top of parsed.data.suites) readSuite(top, [], parsed.data.config.rootDir, tests);
  return tests;
}

function readSuite(from: Suite, path: readonly string[], root: string, tests: TestDraft[]): void {
  const titles = [...path, from.title].filter((title) => title !== '');
  for (const one of from.specs ?? []) {
    const file = one.file ?? from.file;
    for (const test of one.tests) {
      const last = test.results.at(-1);
      const bad = test.results.find((result) => result.error != null)?.error;
      const isSkipped = test.status === 'skipped' || last?.status === 'skipped';
      const isGood = test.status === 'expected' || test.status === 'flaky';
      const place = bad?.location;
      tests.push(
        draft({
          suite: [...(test.projectName ? [test.projectName] : []), ...titles].join(' > '),
          name: one.title,
          conclusion: isSkipped ? 'skipped' : isGood ? 'success' : 'failure',
          durationMs: test.results.reduce((sum, { duration }) => sum + (duration ?? 0), 0),
          message: isSkipped || isGood ? undefined : (bad?.stack ?? bad?.message ?? last?.status ?? 'failed'),
          file: place?.file ?? (file ? `${root}/${file}` : undefined),
          line: place?.line ?? one.line ?? undefined,
          isFlaky: test.status === 'flaky',
        }),
      );
    }
  }
  for (const inner of from.suites ?? []) readSuite(inner, titles, root, tests);
}
