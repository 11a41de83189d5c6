import type { RunListJson } from '../../src/web/run-list.ts';
import { type Lamp, lampOfTried, nameOf, WORST_FIRST } from './words.ts';

type Run = RunListJson['runs'][number];

/** One commit with the runs of its workflows. */
export interface CommitRow {
  readonly sha: string;
  readonly title: string;
  readonly author: string;
  /** The run that speaks for it: that of its worst workflow. */
  readonly shown: Run;
  readonly state: Lamp;
  readonly runs: readonly { readonly run: Run; readonly state: Lamp }[];
  /** Of all of them together in milliseconds; null before the end. */
  readonly ms: number | null;
}

/** Commits of one day: `2026-11-21`, in UTC. */
export interface DayOfCommits {
  readonly day: string;
  readonly commits: readonly CommitRow[];
}

/** Runs, newest first, as commits by day. */
export function commitsByDay(runs: readonly Run[]): readonly DayOfCommits[] {
  const bySha = new Map<string, Run[]>();
  for (const run of runs) bySha.set(run.sha, [...(bySha.get(run.sha) ?? []), run]);
  const days = new Map<string, CommitRow[]>();
  for (const ofCommit of bySha.values()) {
    const row = rowOf(ofCommit);
    const day = (row.shown.created_at ?? '').slice(0, 10);
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days].map(([day, commits]) => ({ day, commits }));
}

function rowOf(ofCommit: readonly Run[]): CommitRow {
  // of a workflow that ran several times for one event on one branch the newest run is shown
  const of = ({ event, ref, path, workflow }: Run) => JSON.stringify([event, ref, path ?? workflow]);
  const newest = [...new Map([...ofCommit].reverse().map((run) => [of(run), run])).values()];
  const runs = newest.map((run) => ({ run, state: lampOfTried(run.status, { ...run, isRetried: run.retried }) }));
  const worst = WORST_FIRST.find((state) => runs.some((one) => one.state === state)) ?? 'skipped';
  const shown = (runs.find(({ state }) => state === worst) ?? runs[0])?.run;
  if (shown === undefined) throw new Error('a commit without a run');
  const starts = newest.flatMap((run) => (run.started_at === null ? [] : [Date.parse(run.started_at)]));
  const ends = newest.flatMap((run) => (run.completed_at === null ? [] : [Date.parse(run.completed_at)]));
  const isOver = starts.length > 0 && ends.length === newest.length;
  const { sha, title, author } = shown;
  const ms = isOver ? Math.max(0, Math.max(...ends) - Math.min(...starts)) : null;
  return { sha, title, author: nameOf(author), shown, state: worst, runs, ms };
}

/** `Today`, `Yesterday`, else the date; all in UTC, as the server groups them. */
export function dayWords(day: string, now: string): string {
  const days = Math.round((Date.parse(now.slice(0, 10)) - Date.parse(day)) / 86_400_000);
  return ['Today', 'Yesterday'][days] ?? day;
}
