import { count, duration } from '../../../web/src/words.ts';
import { worstOf } from '../../model/conclusion.ts';
import type { ApiRun, ApiRunDetail } from '../../protocol/api-schema.ts';
import { oneLine } from '../harmless.ts';
import { saidLines, verdictLines } from '../show.ts';
import { testLines } from '../show-tests.ts';
import type { Terminal } from '../terminal.ts';
import { refName, runName, shortSha, verdict } from '../views.ts';
import { jobLines } from './jobs.ts';
import { isBad } from './legs.ts';
import { bar, leftWords } from './progress.ts';
import { type Moments, wayLines } from './way.ts';
import { padEnd } from './width.ts';

/** A run that is watched, and how long it should take, in milliseconds. */
export interface Watched {
  readonly run: ApiRunDetail;
  readonly expected?: number | undefined;
}

const FRAMES = ['◜', '◝', '◞', '◟'];
/** How long one picture of the turning arc stands, in milliseconds. */
export const FRAME_MS = 150;

/** What `watch` shows while it waits, drawn anew a few times a second. */
export function watchedLines(watched: readonly Watched[], terminal: Terminal, now: Date): readonly string[] {
  const runs = watched.map(({ run }) => run);
  const [first] = runs;
  if (first === undefined) return [];
  const { colours } = terminal;
  return [
    `${colours.bold(oneLine(first.repository))}  ${refName(first.ref)}  ${colours.yellow(shortSha(first.sha))}  ${oneLine(first.title)}`,
    ...wayLines(wayOfAll(runs), terminal, now),
    '',
    ...watched.flatMap((one) => [
      headLine(one, terminal, now),
      ...(one.run.jobs.length > 1 || one.run.status === 'queued'
        ? jobLines(one.run.jobs, terminal, now, { mostLegs: 4, mostWithSteps: null, mostRows: 20, unfolded: 4 })
        : []),
    ]),
  ];
}

/** `◜ running  CI  8 s  ━━━━╌╌╌╌  about 4 s left  6 of 11 jobs`. */
function headLine({ run, expected }: Watched, terminal: Terminal, now: Date): string {
  const { colours } = terminal;
  const name = colours.bold(oneLine(run.workflow));
  if (run.status === 'completed') return `${verdict(run, terminal)}  ${name}  ${colours.dim(tookWords(run, now))}`;
  if (run.started_at === null) return `${verdict(run, terminal)}  ${name}`;
  const elapsed = now.getTime() - Date.parse(run.started_at);
  const frame = FRAMES[Math.floor(now.getTime() / FRAME_MS) % FRAMES.length] ?? '◜';
  const over = run.jobs.filter(({ status }) => status === 'completed').length;
  const isFailing = run.jobs.some(isBad);
  const state = isFailing ? colours.red('✗ failing') : colours.blue(`${frame} running`);
  const jobs = run.jobs.length < 2 ? '' : `${over} of ${count(run.jobs.length, 'job')}`;
  const left = leftWords(elapsed, expected);
  const fraction = expected === undefined ? over / Math.max(1, run.jobs.length) : elapsed / expected;
  const isBarred = expected !== undefined || run.jobs.length > 1;
  const [done, open] = bar(fraction, Math.min(30, Math.max(8, (terminal.width ?? 80) - 60)));
  const parts = [
    `${state}  ${name}`,
    padEnd(duration(elapsed), 5),
    isBarred ? `${colours.blue(done)}${colours.dim(open)}` : '',
    left,
    colours.dim(jobs),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function tookWords(run: ApiRun, now: Date): string {
  return run.started_at === null
    ? ''
    : duration((run.completed_at === null ? now.getTime() : Date.parse(run.completed_at)) - Date.parse(run.started_at));
}

/**
 * The way of a push that started several workflows: begun with the first of them, over with the last one. What was started at its
 * commit in another way, perhaps much later, is not on it.
 */
export function wayOfAll(all: readonly ApiRun[]): Moments {
  const pushed = all.filter(({ event }) => event === 'push');
  const runs = pushed.length > 0 ? pushed : all;
  const times = (of: (run: ApiRun) => string | null | undefined) => runs.flatMap((run) => of(run) ?? []).sort();
  const isOver = runs.every(({ status }) => status === 'completed');
  return {
    attempt: Math.min(...runs.map(({ attempt }) => attempt)),
    committed_at: times((run) => run.committed_at)[0] ?? null,
    received_at: times((run) => run.received_at)[0] ?? null,
    dispatched_at: times((run) => run.dispatched_at)[0] ?? null,
    started_at: times((run) => run.started_at)[0] ?? null,
    completed_at: isOver ? (times((run) => run.completed_at).at(-1) ?? null) : null,
    status: isOver ? 'completed' : 'in_progress',
    conclusion: isOver ? worstOf(runs.flatMap(({ conclusion }) => conclusion ?? [])) : null,
    retried: runs.some(({ retried }) => retried === true),
  };
}

/** What stays when it is over: the way, then for each run its verdict and what failed. `said`: lines of its log, by id. */
export function endLines(
  runs: readonly ApiRunDetail[],
  said: ReadonlyMap<number, readonly string[]>,
  terminal: Terminal,
  now: Date,
): readonly string[] {
  return [
    ...wayLines(wayOfAll(runs), terminal, now),
    '',
    ...runs.flatMap((run) => {
      const isGreen = run.conclusion === 'success' || run.conclusion === 'skipped';
      return [
        ...verdictLines(run, terminal, now),
        ...(isGreen ? [] : ['', ...testLines(run.tests, terminal, 6), ...saidLines(said.get(run.id) ?? [], terminal)]),
        ...(isGreen ? [] : [`  page  ${run.html_url}`, `  log   signalbox logs --failed ${quoted(runName(run))}`]),
      ];
    }),
  ];
}

/** A name with `#` as a shell takes it wherever it stands. */
function quoted(name: string): string {
  return /^[\w./#-]+$/.test(name) && !name.startsWith('#') ? name : `'${name}'`;
}
