import { count, duration } from '../../../web/src/words.ts';
import type { ApiJob } from '../../protocol/api-schema.ts';
import { oneLine } from '../harmless.ts';
import type { Terminal } from '../terminal.ts';
import { sign, word } from '../views.ts';
import { columns } from './columns.ts';
import { isBad, type JobGroup, jobGroups, worstFirst } from './legs.ts';
import { hasLost, lostLines } from './lost.ts';
import { clip } from './width.ts';

/** How jobs are drawn. */
export interface JobsLook {
  /** Legs of one matrix that are named; of the others their number is said. */
  readonly mostLegs: number;
  /** Steps are listed in a run of at most so many jobs; in a larger one those of jobs that did not end well. Null: none. */
  readonly mostWithSteps: number | null;
  /** Rows of jobs and matrices; beyond them only those that are not simply over are listed. */
  readonly mostRows: number;
  /** Up to so many legs a matrix is not folded. */
  readonly unfolded: number;
}

/** As `show` draws them: on a screen. */
export const WHOLE: JobsLook = { mostLegs: 10, mostWithSteps: 4, mostRows: 30, unfolded: 4 };

/** As `show --all` draws them. */
export const ALL: JobsLook = {
  mostLegs: Number.POSITIVE_INFINITY,
  mostWithSteps: Number.POSITIVE_INFINITY,
  mostRows: Number.POSITIVE_INFINITY,
  unfolded: Number.POSITIVE_INFINITY,
};

/** The jobs of a run in the order of its workflow; the legs of a matrix folded, worst first. */
export function jobLines(jobs: readonly ApiJob[], terminal: Terminal, now: Date, look = WHOLE): readonly string[] {
  const { groups, left } = shownGroups(jobs, look);
  const most = look.mostWithSteps;
  const hasSteps = (job: ApiJob) => most !== null && (jobs.length <= most || isOfInterest(job));
  const blocks = groups.map((group) =>
    group.jobs.length <= look.unfolded
      ? { rows: group.jobs.map((job) => rowOf(job, terminal, now)), legs: [], jobs: group.jobs }
      : { rows: [headOf(group, terminal)], ...legsOf(group, terminal, now, look), jobs: [] },
  );
  const heads = columns(
    blocks.flatMap(({ rows }) => rows),
    COLUMNS,
    narrowed(terminal, 2),
  );
  const more = left === 0 ? [] : [terminal.colours.dim(`  ${moreJobs(left)}`)];
  let at = 0;
  const lines = blocks.flatMap(({ rows, legs, jobs: single }) => {
    const own = rows.flatMap((_, place) => {
      const job = single[place];
      const steps = job !== undefined && hasSteps(job) ? stepLines(job, terminal) : [];
      const losses = job === undefined ? [] : lostLines(job, terminal);
      return [`  ${heads[at++] ?? ''}`, ...losses, ...steps];
    });
    return [...own, ...legs];
  });
  return [...lines, ...more];
}

function moreJobs(many: number): string {
  return `and ${count(many, 'more job', 'more jobs')} ("signalbox show --all")`;
}

/** Of very many those that somebody may want to see; how many jobs are left out. */
function shownGroups(jobs: readonly ApiJob[], { mostRows }: JobsLook) {
  const groups = jobGroups(jobs);
  if (groups.length <= mostRows) return { groups, left: 0 };
  const worth = groups.filter((group) => group.jobs.some(isOfInterest)).slice(0, mostRows);
  const shown = worth.length > 0 ? worth : groups.slice(0, mostRows);
  const many = shown.reduce((sum, group) => sum + group.jobs.length, 0);
  return { groups: shown, left: jobs.length - many };
}

const COLUMNS = [{}, { min: 12 }, { align: 'right' as const, leaves: 1 }, { min: 10 }] as const;

/** The same terminal, with less room. */
function narrowed(terminal: Terminal, by: number): Terminal {
  const width = terminal.width;
  return Object.create(terminal, { width: { value: width === undefined ? undefined : width - by } });
}

function rowOf(job: ApiJob, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  const name = oneLine(job.name);
  // one column for the sign and the name: "✗ test" is how it is searched for in what was printed
  return [
    `${sign(job, terminal)} ${isBad(job) ? colours.bold(name) : name}`,
    stateOf(job),
    colours.dim(timeOf(job, now)),
    detailOf(job, terminal),
  ];
}

function stateOf(job: ApiJob): string {
  return word(job);
}

/** Where a job ran, which try it was, why it waits or was not run, and where it failed. */
function detailOf(job: ApiJob, { colours }: Terminal): string {
  const why = job.waiting_for ?? job.reason;
  const step = isBad(job) || job.status === 'in_progress' ? stepOf(job) : undefined;
  const isSaid = step !== undefined && why?.startsWith(`${step.name}: `) === true;
  const parts = [
    ...(why ? [oneLine(why)] : []),
    ...(step === undefined || isSaid ? [] : [`${oneLine(step.name)}${exitOf(step)}`]),
    ...(hasLost(job) || job.retried === true ? [`execution ${job.executions}`] : []),
    ...(job.runner === null ? [] : [colours.dim(`on ${oneLine(job.runner)}`)]),
  ];
  return parts.join(', ');
}

type Step = NonNullable<ApiJob['steps']>[number];

/** The step that failed, or that runs. */
function stepOf({ steps = [] }: ApiJob): Step | undefined {
  return (
    steps.find(({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error') ??
    steps.find(({ status }) => status === 'in_progress')
  );
}

/** How a step ended, where the sign does not say it. */
function exitOf({ exit_code: code, signal }: Step): string {
  if (signal) return `, signal ${signal}`;
  return code ? `, exit code ${code}` : '';
}

function stepLines(job: ApiJob, terminal: Terminal): readonly string[] {
  return (job.steps ?? []).map((step) => {
    const line = `      ${sign(step, terminal)} ${oneLine(step.name)}${exitOf(step)}`;
    return terminal.width === undefined ? line : clip(line, terminal.width);
  });
}

/** `test  3 of 9 failed, 6 passed`. */
function headOf({ name, jobs }: JobGroup, terminal: Terminal): readonly string[] {
  const [worst] = worstFirst(jobs);
  const counts = new Map<string, number>();
  for (const job of worstFirst(jobs)) counts.set(word(job), (counts.get(word(job)) ?? 0) + 1);
  const words = [...counts].map(([state, many]) => `${many} ${state}`).join(', ');
  const { colours } = terminal;
  const text = oneLine(name);
  const shown = worst !== undefined && isBad(worst) ? colours.bold(text) : text;
  return [`${worst === undefined ? ' ' : sign(worst, terminal)} ${shown}`, `${count(jobs.length, 'job')}`, '', words];
}

/** The legs that are worth a line: those that went wrong, and those that run. */
function legsOf(
  group: JobGroup,
  terminal: Terminal,
  now: Date,
  { mostLegs }: JobsLook,
): { readonly legs: readonly string[] } {
  const worth = worstFirst(group.jobs).filter((job) => isBad(job) || job.status === 'in_progress');
  const shown = worth.slice(0, mostLegs);
  const rows = columns(
    shown.map((job) => rowOf(job, terminal, now)),
    COLUMNS,
    narrowed(terminal, 6),
  );
  const more = worth.length - shown.length;
  return {
    legs: [
      ...rows.map((row) => `      ${row}`),
      ...(more > 0 ? [terminal.colours.dim(`      ${moreJobs(more)}`)] : []),
    ],
  };
}

function isOfInterest(job: ApiJob): boolean {
  return isBad(job) || job.status === 'in_progress';
}

function timeOf({ started_at: started, completed_at: completed }: ApiJob, now: Date): string {
  if (!started) return '';
  return duration((completed ? Date.parse(completed) : now.getTime()) - Date.parse(started));
}
