import { type Lamp, lampOfTried, nameOf, shortRef, WORST_FIRST } from '../../web/src/words.ts';
import type { RecentRun } from '../store/read-recent.ts';
import type { RepositoryVerdict } from './verdicts.ts';

/** Of so many successful runs of a workflow the usual duration is the median. */
const USUAL_OF = 9;

/** One commit of a branch, with the state of its worst workflow. */
export interface HomeCommit {
  readonly run: number;
  readonly number: number;
  readonly sha: string;
  readonly title: string;
  readonly author: string;
  readonly state: Lamp;
  /** When it was over, else made; ISO 8601. */
  readonly at: string;
  readonly started_at: string | null;
  /** Of all its workflows together; null before the end. */
  readonly duration_ms: number | null;
  /** What it usually takes; null where that is not known. */
  readonly usual_ms: number | null;
}

/** The runs of one commit, as far as they tell its state. */
export interface CommitRuns {
  readonly runs: readonly RecentRun[];
  readonly state: Lamp;
  /** Of that state. */
  readonly shown: RecentRun;
}

/** The runs of a branch by commit, oldest first. */
export function byCommit(runs: readonly RecentRun[]): readonly CommitRuns[] {
  const bySha = new Map<string, RecentRun[]>();
  for (const run of runs) {
    const same = bySha.get(run.sha);
    if (same === undefined) bySha.set(run.sha, [run]);
    else same.push(run);
  }
  return [...bySha.values()].map(stateOf);
}

function stateOf(runs: readonly RecentRun[]): CommitRuns {
  const states = runs.map((run) => lampOfTried(run.status, run));
  const state = WORST_FIRST.find((one) => states.includes(one)) ?? 'skipped';
  const shown = runs[states.indexOf(state)] ?? runs[0];
  if (shown === undefined) throw new Error('a commit without a run');
  return { runs, state, shown };
}

/** The commits of a branch, oldest first. `all`: where to look for usual durations. */
export function commitsOf(runs: readonly RecentRun[], all: readonly RecentRun[]): readonly HomeCommit[] {
  return byCommit(runs).map((commit) => commitOf(commit, all));
}

/** All that is told of a commit. */
export function commitOf({ runs, state, shown }: CommitRuns, all: readonly RecentRun[]): HomeCommit {
  const starts = runs.flatMap(({ startedAt }) => startedAt?.getTime() ?? []);
  const ends = runs.flatMap(({ completedAt }) => completedAt?.getTime() ?? []);
  const isOver = ends.length === runs.length && starts.length > 0;
  return {
    ...{ run: shown.id, number: shown.number, sha: shown.sha, title: shown.title, author: nameOf(shown.author), state },
    at: atOf(shown).toISOString(),
    started_at: shown.startedAt?.toISOString() ?? null,
    duration_ms: isOver ? Math.max(...ends) - Math.min(...starts) : null,
    usual_ms: state === 'in_progress' ? usualMs(all, shown.workflow) : null,
  };
}

/** When it was over, else made. */
export function atOf(run: RecentRun): Date {
  return run.completedAt ?? run.createdAt;
}

/** Is it the newest commit that says something, or is about to? */
export function isTip({ state }: Pick<HomeCommit, 'state'>): boolean {
  return state !== 'skipped' && state !== 'cancelled';
}

/** Median duration of the last successful runs of a workflow, in milliseconds; null if there are none. */
export function usualMs(runs: readonly RecentRun[], workflow: string): number | null {
  const durations: number[] = [];
  for (let at = runs.length - 1; at >= 0 && durations.length < USUAL_OF; at -= 1) {
    const run = runs[at];
    if (run?.workflow !== workflow || run.conclusion !== 'success') continue;
    if (run.startedAt !== null && run.completedAt !== null)
      durations.push(run.completedAt.getTime() - run.startedAt.getTime());
  }
  return durations.sort((a, b) => a - b)[Math.floor((durations.length - 1) / 2)] ?? null;
}

/** A branch with the state of its newest commits. */
export interface BranchLight {
  readonly ref: string;
  readonly name: string;
  readonly state: Lamp;
}

const BROKEN: ReadonlySet<Lamp> = new Set(['failure', 'timed_out', 'error']);

/**
 * The default branch, those that are not green, those that run, the others by activity. `isGreen`: that is the verdict of the
 * default branch, which knows by git what it has no more.
 */
export function branchLights(
  runs: readonly RecentRun[],
  defaultRef: string | null,
  isGreen: boolean,
): readonly BranchLight[] {
  const byRef = new Map<string, RecentRun[]>();
  for (const run of runs) {
    if (run.event !== 'push' || !run.ref.startsWith('refs/heads/')) continue;
    const same = byRef.get(run.ref) ?? [];
    same.push(run);
    byRef.delete(run.ref); // set again at the end: the last one is the one with the newest run
    byRef.set(run.ref, same);
  }
  const lights = [...byRef]
    .map(([ref, ofRef]) => {
      const state = lightOf(ofRef, ref === defaultRef);
      const isMended = isGreen && ref === defaultRef && BROKEN.has(state);
      return { ref, name: shortRef(ref), state: isMended ? ('success' as const) : state };
    })
    .reverse();
  const rank = ({ ref, state }: BranchLight) => {
    if (ref === defaultRef) return 0;
    if (BROKEN.has(state)) return 1;
    return state === 'in_progress' ? 2 : 3;
  };
  return lights.sort((a, b) => rank(a) - rank(b));
}

/**
 * The worst of the newest verdicts of the workflows that its newest commit has; what runs or waits, if all of these are good. Of the
 * default branch the verdict alone, where there is one: what it does now is told beside it.
 */
function lightOf(runs: readonly RecentRun[], isDefault: boolean): Lamp {
  const tip = runs.at(-1)?.sha;
  const known = new Set(runs.filter(({ sha }) => sha === tip).map(({ workflow }) => workflow));
  const newest = new Map<string, Lamp>();
  let going: Lamp | undefined;
  for (const run of runs) {
    const state = lampOfTried(run.status, run);
    if (state === 'in_progress' || (state === 'queued' && going === undefined)) going = state;
    else if (state !== 'queued' && (state !== 'skipped' || !newest.has(run.workflow))) newest.set(run.workflow, state);
  }
  const states = [...newest].flatMap(([workflow, state]) => (known.has(workflow) ? state : []));
  const worst = WORST_FIRST.find((state) => states.includes(state));
  if (worst !== undefined && (isDefault || BROKEN.has(worst))) return worst;
  return going ?? worst ?? 'queued';
}

/** Since when the branch is what it is. Of a green one: since it was mended, or longer (`isCut`: not all runs are looked at). */
export function sinceOf({ state, since }: RepositoryVerdict, commits: readonly CommitRuns[], isCut: boolean) {
  const { run, sha, author, title } = since;
  const known = { run, sha, author: nameOf(author), title };
  if (state !== 'green') return { ...known, at: since.at.toISOString(), is_longer: false };
  const lastBad = commits.findLastIndex((commit) => BROKEN.has(commit.state));
  const first = commits.slice(lastBad + 1).find((commit) => commit.state === 'success' || commit.state === 'retried');
  const at = first === undefined || atOf(first.shown) > since.at ? since.at : atOf(first.shown);
  return { ...known, at: at.toISOString(), is_longer: lastBad < 0 && isCut };
}

/** The run that goes on now: one of the default branch before others. */
export function runningOf(runs: readonly RecentRun[], defaultRef: string | null) {
  const running = runs.filter(({ status, startedAt }) => status === 'in_progress' && startedAt !== null);
  const shown = running.findLast(({ ref }) => ref === defaultRef) ?? running.at(-1);
  if (shown === undefined) return null;
  return {
    ...{ run: shown.id, number: shown.number, ref: shown.ref, branch: shortRef(shown.ref) },
    started_at: (shown.startedAt ?? shown.createdAt).toISOString(),
    usual_ms: usualMs(runs, shown.workflow),
    others: running.length - 1,
  };
}
