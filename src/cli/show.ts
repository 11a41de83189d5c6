import { count } from '../../web/src/words.ts';
import type { ApiRunDetail } from '../protocol/api-schema.ts';
import { withApi } from './connect.ts';
import type { Invocation } from './context.ts';
import { ALL, type JobsLook, jobLines, WHOLE } from './draw/jobs.ts';
import { inCommon, isBad, jobGroups } from './draw/legs.ts';
import { paged } from './draw/pager.ts';
import { uprightWay } from './draw/way.ts';
import { clip, widthOf, wrap } from './draw/width.ts';
import { EXIT } from './exit-code.ts';
import { failingLines } from './failing-lines.ts';
import { findRun } from './find-run.ts';
import { oneLine } from './harmless.ts';
import { remarkLines, workflowLines } from './show-remarks.ts';
import { testLines } from './show-tests.ts';
import type { Terminal } from './terminal.ts';
import { brokenSince, refName, runName, shortSha, timeTaken, verdict } from './views.ts';

interface ShowOptions {
  readonly repository?: string;
  readonly all?: boolean;
}

/** `signalbox show`. */
export async function run(invocation: Invocation<ShowOptions>): Promise<number> {
  const { context, args, options } = invocation;
  return withApi(invocation, async (api) => {
    const found = await findRun(api, args[0], { repository: options.repository, cwd: context.cwd });
    if (options.json) {
      context.terminal.json(found);
      return EXIT.done;
    }
    const said = await failingLines(api, found);
    return paged(context, async (terminal) => {
      for (const line of runLines(found, terminal, new Date(), said, options.all === true ? ALL : WHOLE))
        terminal.line(line);
      return EXIT.done;
    });
  });
}

/** A run as people read it: the verdict, what failed, the jobs, then where it came from. `said`: the lines of the log that tell why. */
export function runLines(
  run: ApiRunDetail,
  terminal: Terminal,
  now: Date,
  said: readonly string[] = [],
  look: JobsLook = WHOLE,
): readonly string[] {
  const { colours } = terminal;
  return [
    ...verdictLines(run, terminal, now),
    '',
    ...testLines(run.tests, terminal),
    ...saidLines(said, terminal),
    ...remarkLines(run.jobs, terminal),
    ...jobLines(run.jobs, terminal, now, look),
    ...(run.jobs.length === 0 ? [] : ['']),
    `  commit   ${colours.yellow(shortSha(run.sha))} ${fitted(oneLine(run.title), terminal, 21)}`,
    `  author   ${fitted(oneLine(run.author), terminal, 11)}`,
    `  ref      ${fitted(refName(run.ref), terminal, 11)}`,
    ...workflowLines(run, terminal),
    `  told by  ${run.sources.join(', ')}`,
    ...uprightWay(run, terminal, now).map((hop, at) => `${wayLabel(at, terminal)}${hop}`),
    `  page     ${run.html_url}`,
  ];
}

/** The hops stand behind their label, unless the terminal is too narrow for both. */
function wayLabel(at: number, { width = Number.POSITIVE_INFINITY }: Terminal): string {
  if (width < 50) return '  ';
  return at === 0 ? '  way      ' : '           ';
}

/** The first thing to be read: the verdict, what the failures have in common, and since when the branch is broken. */
export function verdictLines(run: ApiRunDetail, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  const taken = timeTaken(run, now);
  const again = run.attempt > 1 ? `, attempt ${run.attempt}` : '';
  const workflow = fitted(`${oneLine(run.workflow)}${again}`, terminal, 2);
  const sentence = failureSentence(run);
  return [
    ...joined([verdict(run, terminal), colours.bold(runName(run)), workflow, taken], terminal),
    ...indented(sentence === undefined ? [] : [sentence], terminal),
    ...indented(run.reason ? run.reason.split('\n').map(oneLine) : [], terminal),
    ...indented(run.purpose ? [`tested ${oneLine(run.purpose)}`] : [], terminal),
    ...indented(run.broken_since ? [brokenSince(run.broken_since, 'this commit')] : [], terminal),
  ];
}

/** What is said side by side, in as many lines as it takes. */
function joined(cells: readonly string[], { width = Number.POSITIVE_INFINITY }: Terminal): readonly string[] {
  const lines: string[] = [];
  for (const cell of cells.filter((one) => one !== '')) {
    const longer = `${lines.at(-1) ?? ''}  ${cell}`;
    if (lines.length === 0) lines.push(cell);
    else if (widthOf(longer) > width) lines.push(`  ${cell}`);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

/** `3 of 9 jobs failed, all with database postgres`; nothing where one job says it all. */
function failureSentence({ jobs: all }: ApiRunDetail): string | undefined {
  // a call ends as the jobs of its workflow do
  const jobs = all.filter(({ kind }) => kind !== 'call');
  const failed = jobs.filter(isBad);
  const how = failed.every(({ conclusion }) => conclusion === 'error') ? 'could not be tested' : 'failed';
  if (failed.length === 0 || jobs.length < 2) return undefined;
  const groups = jobGroups(jobs).filter((group) => group.jobs.some(isBad));
  const [group] = groups;
  if (groups.length !== 1 || group === undefined || group.jobs.length === 1)
    return `${failed.length} of ${count(jobs.length, 'job')} ${how}`;
  const shared = inCommon(group.jobs);
  const of = `${failed.length} of ${count(group.jobs.length, 'job')} of ${oneLine(group.name)} ${how}`;
  return shared === undefined ? of : `${of}, ${oneLine(shared)}`;
}

/** What the log says where it failed. */
export function saidLines(said: readonly string[], terminal: Terminal): readonly string[] {
  if (said.length === 0) return [];
  const { colours } = terminal;
  return [...said.map((line) => `    ${colours.red('▌')} ${fitted(line, terminal, 6)}`), ''];
}

/** Sentences are broken where the terminal ends, not cut. */
function indented(lines: readonly string[], { width }: Terminal): readonly string[] {
  return lines.flatMap((line) => (width === undefined ? [line] : wrap(line, width - 2))).map((line) => `  ${line}`);
}

function fitted(text: string, { width }: Terminal, taken: number): string {
  return width === undefined ? text : clip(text, width - taken);
}
