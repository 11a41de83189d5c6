import { type Breakage, findBreakage, isTested } from '../model/culprit.ts';
import type { BranchRun } from '../store/read-branch.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { Store } from '../store/store.ts';
import type { RunTest } from '../store/tests.ts';
import { type BranchSource, commitsBefore } from './verdicts.ts';

/** What was wrong already when a run was made. */
export interface FailuresBefore {
  /** Since when its branch is broken; undefined: it is not. */
  readonly breakage?: Breakage<BranchRun>;
  /** The tests that failed at the commit before that was tested; undefined: not known. */
  readonly known?: ReadonlySet<string>;
}

/** What tells a test from all others of a run. */
export function testKeyOf({ jobName, suite, name }: Pick<RunTest, 'jobName' | 'suite' | 'name'>): string {
  return `${jobName}\n${suite}\n${name}`;
}

/** What was wrong before a failed run of a push; nothing of other runs. */
export async function failuresBefore(
  source: BranchSource & { readonly store: Pick<Store, 'tests'> },
  run: RunRecord,
): Promise<FailuresBefore> {
  const commits = await commitsBefore(source, run);
  const breakage = findBreakage(commits);
  if (breakage === undefined) return {};
  const own = commits.findLastIndex((commit) => commit.run === run.id);
  const before = commits.slice(0, Math.max(0, own)).findLast((commit) => isTested(commit));
  if (before === undefined || before.run === null) return { breakage };
  if (before.conclusion === 'success') return { breakage, known: new Set() };
  const tests = await source.store.tests.ofRun(before.run);
  if (tests === undefined) return { breakage };
  const failed = tests.noted.filter(({ conclusion }) => conclusion === 'failure');
  // where not all are told, one that is missing may have failed as well
  return failed.length < tests.failed ? { breakage } : { breakage, known: new Set(failed.map(testKeyOf)) };
}
