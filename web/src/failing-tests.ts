import type { RunPageJson } from '../../src/web/run-page.ts';

type Case = NonNullable<RunPageJson['tests']>['cases'][number];

/** A test that failed, or recovered, once for all jobs in which it did the same. */
export interface GroupedTest {
  readonly first: Case;
  /** Ids of the jobs. */
  readonly jobs: readonly number[];
  /** The job and the line of its log that tell of it; `line` null: only the log is known. */
  readonly log: { readonly job: number; readonly line: number | null };
}

/** The noted tests of a run, each once for all jobs where it ended the same way; those that failed come first. */
export function groupTests({ tests, test_lines: lines }: RunPageJson): readonly GroupedTest[] {
  const groups = new Map<string, Case[]>();
  for (const one of tests?.cases ?? []) {
    const key = JSON.stringify([one.suite, one.name, one.file, one.recovered]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((cases): GroupedTest[] => {
    const [first] = cases;
    if (first === undefined) return [];
    const found = lines.find(
      (one) => one.suite === first.suite && one.name === first.name && cases.some(({ job }) => job === one.job),
    );
    const log = { job: found?.job ?? first.job, line: found?.line ?? null };
    return [{ first, jobs: cases.map(({ job }) => job), log }];
  });
}
