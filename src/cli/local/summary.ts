import { duration } from '../../../web/src/words.ts';
import type { JobRecord } from '../../store/job-record.ts';
import { testsJson } from '../../web/tests-json.ts';
import { oneLine } from '../harmless.ts';
import { testLines } from '../show-tests.ts';
import type { Terminal } from '../terminal.ts';
import { sign, verdict } from '../views.ts';
import type { LocalResult } from './local-run.ts';

/** How many lines each part of the summary may have: the whole fits a screen. */
const MOST = { jobs: 20, tests: 6 } as const;

/** What came of it, for a person: failing tests first, then each job, then the verdict of each workflow. */
export function summaryLines(results: readonly LocalResult[], terminal: Terminal): readonly string[] {
  const many = results.length > 1;
  return results.flatMap((result) => [
    '',
    ...testLines(result.tests && testsJson(result.tests), terminal, MOST.tests),
    ...jobLines(result, terminal),
    verdictLine(result, terminal, many),
  ]);
}

function verdictLine({ run }: LocalResult, terminal: Terminal, isNamed: boolean): string {
  const { colours } = terminal;
  const took =
    run.startedAt === null || run.completedAt === null ? '' : ` in ${duration(+run.completedAt - +run.startedAt)}`;
  const name = isNamed || run.workflow !== 'tests' ? `  ${colours.bold(oneLine(run.workflow))}` : '';
  const why = run.reason === null ? '' : `: ${oneLine(run.reason)}`;
  return `${verdict(run, terminal)}${took}${name}${why}`;
}

function jobLines({ jobs, run }: LocalResult, terminal: Terminal): readonly string[] {
  const shown = worstFirst(jobs.filter((job) => job.conclusion !== null));
  if (shown.length <= 1 && shown[0]?.reason === run.reason && shown[0]?.conclusion === run.conclusion) return [];
  const lines = shown.slice(0, MOST.jobs).map((job) => jobLine(job, terminal));
  return [...lines, ...more(shown.length - MOST.jobs, 'job', terminal)];
}

function jobLine(job: JobRecord, terminal: Terminal): string {
  const took =
    job.startedAt === null || job.completedAt === null ? '' : `  ${duration(+job.completedAt - +job.startedAt)}`;
  const failed = job.steps.find((step) => step.conclusion === 'failure' || step.conclusion === 'timed_out');
  const why = job.reason ?? (failed === undefined ? '' : oneLine(failed.name));
  const mark = sign({ status: 'completed', conclusion: job.conclusion }, terminal);
  return `${mark} ${oneLine(job.name)}${terminal.colours.dim(took)}${why === '' ? '' : `  ${oneLine(why)}`}`;
}

const ORDER: readonly (JobRecord['conclusion'] | undefined)[] = [
  'failure',
  'timed_out',
  'error',
  'cancelled',
  'success',
];

function worstFirst(jobs: readonly JobRecord[]): readonly JobRecord[] {
  const rank = ({ conclusion }: JobRecord) => {
    const at = ORDER.indexOf(conclusion);
    return at < 0 ? ORDER.length : at;
  };
  return [...jobs].sort((a, b) => rank(a) - rank(b));
}

function more(count: number, what: string, { colours }: Terminal): readonly string[] {
  return count > 0 ? [colours.dim(`  … and ${count} more ${what}${count === 1 ? '' : 's'}`)] : [];
}
