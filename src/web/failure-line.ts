import { describeExit } from '../model/conclusion.ts';
import type { RecentRun } from '../store/read-recent.ts';
import type { Store } from '../store/store.ts';
import type { RepositoryVerdict } from './verdicts.ts';

/** The line that says what is wrong; as much of it as is known. */
export interface Failure {
  readonly run: number;
  readonly job: number | null;
  readonly file: string | null;
  readonly line: number | null;
  readonly message: string;
}

/** Most characters of a message in a list. */
const MAX_MESSAGE = 300;

/** Where the newest bad run of a branch failed: its first failing test, else the first error it pointed at, else the step. */
export async function failureOf(
  store: Pick<Store, 'run' | 'tests'>,
  ofBranch: readonly RecentRun[],
  verdict: RepositoryVerdict,
): Promise<Failure | null> {
  const isBad = ({ conclusion }: RecentRun) =>
    verdict.state === 'untested' ? conclusion === 'error' : conclusion === 'failure' || conclusion === 'timed_out';
  const bad = ofBranch.findLast((run) => run.workflow === verdict.since.workflow && isBad(run));
  return bad === undefined ? null : failureLine(store, bad);
}

/** The same of one run. */
export async function failureLine(
  store: Pick<Store, 'run' | 'tests'>,
  run: Pick<RecentRun, 'id' | 'reason' | 'conclusion'>,
): Promise<Failure | null> {
  const test = (await store.tests.ofRun(run.id))?.noted.find((one) => !one.hasRecovered);
  if (test !== undefined)
    return {
      ...{ run: run.id, job: test.job, file: test.file ?? null, line: test.line ?? null },
      message: firstLine(test.message ?? `${test.name} failed`),
    };
  const all = (await store.run(run.id))?.jobs ?? [];
  const parents = new Set(all.map(({ parent }) => parent));
  const jobs = all.filter(({ id }) => !parents.has(id)); // what a called workflow has failed says more than its call
  for (const job of jobs) {
    const remark = job.annotations.find(({ level, message }) => level === 'error' && !isStepEnd(message));
    if (remark !== undefined)
      return {
        ...{ run: run.id, job: job.id, file: remark.file ?? null, line: remark.line ?? null },
        message: firstLine(remark.message),
      };
  }
  const job = jobs.find(({ conclusion }) => conclusion !== null && !GOOD.has(conclusion));
  if (job === undefined) return place(run, null, run.reason);
  if (run.conclusion === 'error' && job.reason !== null) return place(run, job.id, job.reason);
  const step = job.steps.find(({ conclusion }) => conclusion !== null && !GOOD.has(conclusion));
  if (step === undefined) return place(run, job.id, job.reason ?? run.reason ?? `${job.name} failed`);
  const exit = step.exit === null ? 'failed' : describeExit(step.exit);
  return place(run, job.id, `${job.name}, ${step.name}: ${exit}`);
}

const GOOD: ReadonlySet<string> = new Set(['success', 'skipped', 'cancelled']);

function place(run: Pick<RecentRun, 'id'>, job: number | null, message: string | null): Failure | null {
  return message === null ? null : { run: run.id, job, file: null, line: null, message: firstLine(message) };
}

/** That a step failed is said better by its name. */
function isStepEnd(message: string): boolean {
  return /^Process completed with (?:exit code|signal) \w+\.$/.test(message);
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n').filter((one) => one.trim() !== '');
  return line.trim().slice(0, MAX_MESSAGE);
}
