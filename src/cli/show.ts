import type { ApiJob, ApiRunDetail } from './api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findRun } from './find-run.ts';
import { oneLine } from './harmless.ts';
import { remarkLines, workflowLines } from './show-remarks.ts';
import { testLines } from './show-tests.ts';
import type { Terminal } from './terminal.ts';
import { brokenSince, duration, refName, runName, shortSha, sign, timeTaken, verdict, word } from './views.ts';

interface ShowOptions {
  readonly repository?: string;
}

/** `signalbox show`. */
export async function run(invocation: Invocation<ShowOptions>): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, async (api) => {
    const found = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    if (options.json) context.terminal.json(found);
    else for (const line of runLines(found, context.terminal, new Date())) context.terminal.line(line);
    return EXIT.done;
  });
}

/** A run as people read it: verdict, commit, way of the push, jobs. */
export function runLines(run: ApiRunDetail, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  const taken = timeTaken(run, now);
  const again = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  return [
    `${verdict(run, terminal)}  ${colours.bold(runName(run))}  ${oneLine(run.workflow)}${again}${taken === '' ? '' : `  ${taken}`}`,
    ...(run.reason ? run.reason.split('\n').map((line) => `  ${oneLine(line)}`) : []),
    ...(run.purpose ? [`  tested ${oneLine(run.purpose)}`] : []),
    ...(run.broken_since ? [`  ${brokenSince(run.broken_since, 'this commit')}`] : []),
    '',
    `  commit   ${colours.yellow(shortSha(run.sha))} ${oneLine(run.title)}`,
    `  author   ${oneLine(run.author)}`,
    `  ref      ${refName(run.ref)}`,
    ...workflowLines(run, terminal),
    `  told by  ${run.sources.join(', ')}`,
    ...wayOf(run).map((hop, at) => `  ${at === 0 ? 'way    ' : '       '}  ${hop}`),
    `  page     ${run.html_url}`,
    '',
    ...testLines(run.tests, terminal),
    ...remarkLines(run.jobs, terminal),
    ...run.jobs.flatMap((job) => jobLines(job, run.jobs.length <= MAX_WHOLE, terminal)),
  ];
}

/** When each hop of the way was, counted from the commit. */
function wayOf(run: ApiRunDetail): readonly string[] {
  const start = run.committed_at ?? run.received_at;
  if (!start) return [];
  const hops = [
    ['committed', run.committed_at],
    ['received', run.received_at],
    ['dispatched', run.dispatched_at],
    ['started', run.started_at],
    ['completed', run.completed_at],
  ] as const;
  const from = Date.parse(run.received_at ?? start);
  return hops.flatMap(([name, at]) => {
    if (!at) return [];
    // git keeps whole seconds: from the commit itself nothing finer can be said
    const since = name === 'committed' || name === 'received' ? '' : `  +${duration(Date.parse(at) - from)}`;
    return [`${name.padEnd(10)} ${at}${since}`];
  });
}

/** Of more jobs than these, steps are shown where a job did not end well. */
const MAX_WHOLE = 8;

function jobLines(job: ApiJob, isWhole: boolean, terminal: Terminal): readonly string[] {
  const { colours } = terminal;
  const on = job.runner === null ? '' : ` on ${oneLine(job.runner)}`;
  const again = job.executions > 1 ? `, execution ${job.executions}` : '';
  const why = job.waiting_for ?? job.reason;
  return [
    `  ${sign(job, terminal)} ${colours.bold(oneLine(job.name))}  ${word(job)}${on}${again}${why ? `: ${oneLine(why)}` : ''}`,
    ...lostLines(job, terminal),
    ...(isWhole || isOfInterest(job) ? (job.steps ?? []) : []).map(
      (step) => `    ${sign(step, terminal)} ${oneLine(step.name)}${exitOf(step)}`,
    ),
  ];
}

/** Why there was more than one execution. What was given back before it had begun is no news. */
function lostLines(
  { execution_details: executions = [], conclusion }: ApiJob,
  { colours }: Terminal,
): readonly string[] {
  const lost = executions.filter(({ outcome }) => outcome === 'lost' || outcome === 'stale');
  return lost.map(({ number, runner, reason, outcome }) => {
    const isLast = number === executions.at(-1)?.number && conclusion === 'error';
    const then = isLast ? 'it is not executed again' : 'it was executed again';
    const late = outcome === 'stale' ? '; its result came too late and does not count' : '';
    const why = reason === null ? '' : ` (${oneLine(reason)})`;
    return `    ${colours.yellow('!')} execution ${number}: runner ${oneLine(runner)} was lost${why}; ${then}${late}`;
  });
}

function isOfInterest({ status, conclusion }: ApiJob): boolean {
  return status === 'in_progress' || (conclusion !== null && !['success', 'skipped', 'cancelled'].includes(conclusion));
}

/** How a step ended, where the sign does not say it. */
function exitOf({ exit_code: code, signal }: NonNullable<ApiJob['steps']>[number]): string {
  if (signal) return `  signal ${signal}`;
  return code ? `  exit code ${code}` : '';
}
