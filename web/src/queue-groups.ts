import type { queueAndRunners } from '../../src/web/queue-page.ts';

/** A waiting job, as the page shows it. */
export type Wait = Awaited<ReturnType<typeof queueAndRunners>>['jobs'][number];

/** From so many on, jobs of one run that wait for the same are one row. */
const FOLDED_FROM = 4;

/** A row of the queue: a job, and those that are folded into it. */
export interface WaitGroup {
  /** Place of the first one, from 1 on. */
  readonly place: number;
  readonly first: Wait;
  readonly others: readonly Wait[];
}

/** Folds jobs of one run that wait for the same thing, where there are four and more; the order stays. */
export function groupWaits(jobs: readonly Wait[]): readonly WaitGroup[] {
  const same = new Map<string, Wait[]>();
  for (const job of jobs) same.set(keyOf(job), [...(same.get(keyOf(job)) ?? []), job]);
  return jobs.flatMap((job, at) => {
    const all = same.get(keyOf(job)) ?? [job];
    if (all.length < FOLDED_FROM) return [{ place: at + 1, first: job, others: [] }];
    return all[0] === job ? [{ place: at + 1, first: job, others: all.slice(1) }] : [];
  });
}

function keyOf({ run, kind, labels, waits_for: waitsFor }: Wait): string {
  return JSON.stringify([run, kind, labels, waitsFor]);
}
