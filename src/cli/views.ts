import { age as ageWords, breakageWords, duration, nameOf } from '../../web/src/words.ts';
import type { ApiBrokenSince, ApiRun } from '../protocol/api-schema.ts';
import type { Column } from './draw/columns.ts';
import { oneLine } from './harmless.ts';
import { lookOf, type Verdict } from './looks.ts';
import type { Terminal } from './terminal.ts';

/** `✓ passed`. */
export function verdict(of: Verdict, { colours }: Terminal): string {
  const { sign, word, colour } = lookOf(of);
  return colours[colour](`${sign} ${word}`);
}

/** `✓`. */
export function sign(of: Verdict, { colours }: Terminal): string {
  const { sign, colour } = lookOf(of);
  return colours[colour](sign);
}

/** `passed`. */
export function word(of: Verdict): string {
  return lookOf(of).word;
}

/** `refs/heads/main` as `main`, a tag as `tag v1`. */
export function refName(ref: string): string {
  return oneLine(ref.replace(/^refs\/heads\//, '').replace(/^refs\/tags\//, 'tag '));
}

/** The beginning of a commit's id, as people write it. */
export function shortSha(sha: string): string {
  return sha.slice(0, 9);
}

/** `broken since 1f3c9a2e4 by Ada, 3 commits ago`, and how sure that is. `here`: for the newest commit. */
export function brokenSince(breakage: ApiBrokenSince, here: string): string {
  return oneLine(
    `broken since ${shortSha(breakage.sha)} by ${nameOf(breakage.author)}${breakageWords(breakage, here)}`,
  );
}

/** `2 min ago`, `1 day ago`; of what was just now `now`. */
export function age(instant: string, now: Date): string {
  const at = new Date(instant);
  if (now.getTime() - at.getTime() < 1000) return 'now';
  const words = ageWords(at, now);
  return /^\d+ /.test(words) ? `${words} ago` : words;
}

/** How long a run took, or takes until now; empty if it has not begun. */
export function timeTaken(run: Pick<ApiRun, 'started_at' | 'completed_at'>, now: Date): string {
  if (run.started_at === null) return '';
  const end = run.completed_at === null ? now.getTime() : Date.parse(run.completed_at);
  return duration(end - Date.parse(run.started_at));
}

/** `local/app#3`: how a run is named, here and by whoever types a command. */
export function runName({ repository, number }: Pick<ApiRun, 'repository' | 'number'>): string {
  return `${oneLine(repository)}#${number}`;
}

/** The name of a workflow; of a file without one, the file's. */
function workflowName({ workflow }: Pick<ApiRun, 'workflow'>): string {
  return oneLine(workflow.replace(/^\.github\/workflows\//, ''));
}

/** Found tests are the only ones of their commit: their name would say nothing. */
function workflowCell(run: Pick<ApiRun, 'workflow'>): readonly string[] {
  return run.workflow === 'tests' ? [] : [workflowName(run)];
}

/** What {@link happened} tells of a run. */
export type RunNews = Pick<
  ApiRun,
  | 'repository'
  | 'number'
  | 'workflow'
  | 'ref'
  | 'sha'
  | 'title'
  | 'status'
  | 'conclusion'
  | 'retried'
  | 'reason'
  | 'started_at'
  | 'completed_at'
>;

/** A run in one line, as it is now, with the time of the day before it. */
export function happened(run: RunNews, terminal: Terminal, now: Date): string {
  const { colours } = terminal;
  const cells = [
    colours.dim(now.toTimeString().slice(0, 8)),
    verdict(run, terminal),
    colours.bold(runName(run)),
    ...workflowCell(run),
    refName(run.ref),
    colours.yellow(shortSha(run.sha)),
    ...(run.status === 'completed' ? [timeTaken(run, now)] : []),
    oneLine(run.title),
    ...(run.reason ? [colours.dim(`(${oneLine(run.reason)})`)] : []),
  ];
  return cells.filter((cell) => cell !== '').join('  ');
}

/** That a runner was lost with a job, in one line; `data` is that of the event `job.lost`. */
export function lost(
  run: Pick<RunNews, 'repository' | 'number'>,
  data: Readonly<Record<string, unknown>>,
  { colours }: Terminal,
  now: Date,
): string {
  const [name, runner, reason] = [data.name, data.runner, data.reason].map((word) => oneLine(String(word ?? '')));
  const time = colours.dim(now.toTimeString().slice(0, 8));
  const words = `job ${name}: runner ${runner} was lost in execution ${Number(data.execution)}`;
  return `${time}  ${colours.yellow('! lost')}  ${colours.bold(runName(run))}  ${words}  ${colours.dim(`(${reason})`)}`;
}

/** One run as a line of cells. */
export function runCells(run: ApiRun, terminal: Terminal, now: Date): readonly string[] {
  const { colours } = terminal;
  return [
    verdict(run, terminal),
    runName(run),
    workflowName(run),
    refName(run.ref),
    colours.yellow(shortSha(run.sha)),
    timeTaken(run, now),
    colours.dim(age(run.created_at, now)),
    oneLine(run.title),
  ];
}

/** What {@link runCells} makes: the title is cut first, then what can be looked up leaves. */
export const RUN_COLUMNS: readonly Column[] = [
  { min: 10 },
  {},
  { min: 8, leaves: 5 },
  { min: 8, leaves: 4 },
  { leaves: 2 },
  { align: 'right', leaves: 3 },
  { leaves: 1 },
  { min: 20 },
];
