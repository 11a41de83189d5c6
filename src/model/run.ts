import { type Conclusion, worstOf } from './conclusion.ts';
import type { JobState } from './job.ts';

/** What `advance` has to know of a job. */
export interface JobFacts {
  readonly key: string;
  readonly needs: readonly string[];
  readonly state: JobState;
}

/** What follows from the facts of a run. */
export interface Decision {
  /** Keys of waiting jobs whose needs are met. */
  readonly unblock: readonly string[];
  /** Keys of waiting jobs that can never run, with the reason in words. */
  readonly skip: readonly { readonly key: string; readonly reason: string }[];
  /** Set when every job is completed: the verdict of the run. */
  readonly conclusion?: Conclusion;
}

/**
 * What to do next in a run, from the facts alone: it does not matter which message arrived and which was lost. Called
 * again after its decision was carried out, it decides the next thing, until there is nothing left to do.
 */
export function advance(jobs: readonly JobFacts[]): Decision {
  const byKey = new Map(jobs.map((job) => [job.key, job.state]));
  const unblock: string[] = [];
  const skip: { key: string; reason: string }[] = [];
  for (const job of jobs) {
    if (job.state.status !== 'waiting') continue;
    const bad = job.needs.find((need) => hasEndedBadly(byKey.get(need)));
    if (bad !== undefined) skip.push({ key: job.key, reason: `it needs ${bad}, which did not succeed` });
    else if (job.needs.every((need) => hasSucceeded(byKey.get(need)))) unblock.push(job.key);
  }
  const states = jobs.map((job) => job.state);
  const isOver = states.every((state) => state.status === 'completed');
  if (!isOver) return { unblock, skip };
  return {
    unblock,
    skip,
    conclusion: worstOf(states.flatMap((s) => (s.status === 'completed' ? [s.conclusion] : []))),
  };
}

function hasSucceeded(state: JobState | undefined): boolean {
  return state?.status === 'completed' && state.conclusion === 'success';
}

function hasEndedBadly(state: JobState | undefined): boolean {
  return state === undefined || (state.status === 'completed' && state.conclusion !== 'success');
}
