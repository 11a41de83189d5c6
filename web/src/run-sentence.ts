import type { RunDetailJson } from '../../src/web/run-detail.ts';
import { commonWords } from './legs.ts';
import { count, duration, lampOf } from './words.ts';

type Job = RunDetailJson['jobs'][number];

/** The first thing to be read, without times that go on: `Passed in 41 s`, `unit failed: exit code 1`. */
export function runSentence(run: RunDetailJson): string {
  const { tests } = run;
  const jobs = leavesOf(run); // a call of a workflow is no job of its own
  const failed = jobs.filter((job) => job.conclusion === 'failure' || job.conclusion === 'timed_out');
  const [first] = failed;
  switch (lampOf(run.status, run.conclusion)) {
    case 'queued':
      return 'Waiting';
    case 'in_progress':
      return first === undefined ? 'Running' : `Failing: ${first.name}`;
    case 'success':
      return `${run.retried ? 'Passed after retry' : 'Passed'}${tookWords(run)}`;
    case 'failure':
      if (tests !== null && tests.failed > 0) return `${count(distinct(tests), 'test')} failed${inCommon(run)}`;
      if (first !== undefined && failed.length === 1) return `${first.name} failed${exitWords(first)}`;
      return `${failed.length} of ${count(jobs.length, 'job')} failed${inCommon(run)}`;
    case 'timed_out':
      return `Timed out${tookWords(run)}`;
    case 'skipped':
      return 'Skipped';
    case 'cancelled':
      return 'Cancelled';
    default:
      return 'Could not be tested';
  }
}

function leavesOf({ jobs }: RunDetailJson): readonly Job[] {
  return jobs.filter((job) => !jobs.some(({ parent }) => parent === job.id));
}

/** A test that failed in several jobs is one; where not all are told, they cannot be told apart. */
function distinct({ cases, failed }: NonNullable<RunDetailJson['tests']>): number {
  const bad = cases.filter(({ recovered }) => !recovered);
  return bad.length < failed ? failed : new Set(bad.map(({ suite, name }) => `${suite}\n${name}`)).size;
}

/** `, all with postgres`; `, in unit` where there are other jobs. */
function inCommon(run: RunDetailJson): string {
  const { tests } = run;
  const leaves = leavesOf(run);
  const failing = new Set((tests?.cases ?? []).flatMap((one) => (one.recovered ? [] : [one.job])));
  const isBad = (job: Job) => job.conclusion === 'failure' || job.conclusion === 'timed_out';
  const failed = leaves.filter((job) => (failing.size > 0 ? failing.has(job.id) : isBad(job)));
  const words = commonWords(failed, leaves);
  if (words !== undefined) return `, all with ${words}`;
  return failed.length === 1 && leaves.length > 1 ? `, in ${failed[0]?.name}` : '';
}

/** `exit code 1`, `signal SIGKILL`; undefined where neither is known. */
export function exitOf(ended: {
  readonly exit_code: number | null;
  readonly signal: string | null;
}): string | undefined {
  if (ended.signal !== null) return `signal ${ended.signal}`;
  return ended.exit_code === null ? undefined : `exit code ${ended.exit_code}`;
}

function tookWords(run: RunDetailJson): string {
  if (run.started_at === null || run.completed_at === null) return '';
  const words = duration(Date.parse(run.completed_at) - Date.parse(run.started_at));
  return run.conclusion === 'timed_out' ? ` after ${words}` : ` in ${words}`;
}

function exitWords(job: Job): string {
  const last = job.execution_details.at(-1);
  const words = last === undefined ? undefined : exitOf(last);
  return words === undefined ? '' : `: ${words}`;
}
