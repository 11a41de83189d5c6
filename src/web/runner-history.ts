import type { RecentExecution } from '../store/read-usual.ts';

/** Executions that the strip of a runner shows. */
const STRIP = 20;
const DAY_MS = 24 * 3_600_000;

/** What a runner did lately. */
export interface RunnerHistory {
  readonly runner: string;
  /** In the last 24 hours; of the newest 2,000 jobs of all runners. */
  readonly ran: number;
  readonly lost: number;
  /** The last 20, oldest first. */
  readonly last: readonly { readonly job: number; readonly run: number; readonly state: string }[];
}

/** What each runner did, from executions, newest first. */
export function historyOf(executions: readonly RecentExecution[], now: Date): readonly RunnerHistory[] {
  const of = new Map<string, RecentExecution[]>();
  for (const one of executions) {
    const known = of.get(one.runner);
    if (known === undefined) of.set(one.runner, [one]);
    else known.push(one);
  }
  const since = now.getTime() - DAY_MS;
  return [...of].map(([runner, all]) => {
    const today = all.filter(({ leasedAt }) => leasedAt.getTime() > since);
    const over = all.filter(({ outcome }) => outcome !== null);
    return {
      runner,
      ran: today.length,
      lost: today.filter(({ outcome }) => outcome === 'lost').length,
      last: over
        .slice(0, STRIP)
        .reverse()
        .map(({ job, run, outcome, conclusion }) => ({
          job,
          run,
          state: outcome === 'finished' ? (conclusion ?? 'error') : 'error',
        })),
    };
  });
}

/** How long jobs of the last 24 hours waited for a runner: half of them, and 95 %, at most so many milliseconds. */
export function waitsOf(executions: readonly RecentExecution[], now: Date) {
  const since = now.getTime() - DAY_MS;
  const waits = executions
    .filter(({ leasedAt, queuedAt }) => queuedAt !== null && leasedAt.getTime() > since)
    .map(({ leasedAt, queuedAt }) => Math.max(0, leasedAt.getTime() - (queuedAt?.getTime() ?? 0)))
    .sort((a, b) => a - b);
  const at = (share: number) => waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? 0;
  return waits.length === 0 ? null : { half_ms: at(0.5), most_ms: at(0.95) };
}
