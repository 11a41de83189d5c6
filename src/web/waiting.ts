import { type RunnerStatus, whyWaiting } from '../model/pool.ts';
import type { JobRecord } from '../store/job-record.ts';
import type { QueuedJob } from '../store/read-queue.ts';

/** How many waiting jobs are looked at to say how many stand before one. */
export const QUEUE_LOOKED_AT = 1_000;

/** A waiting job with its reason, in words. */
export interface ExplainedJob {
  readonly job: QueuedJob;
  readonly reason: string;
}

/** Why each of these jobs (in the order of the queue) waits. */
export function explainQueue(
  jobs: readonly QueuedJob[],
  runners: readonly RunnerStatus[],
  hasServer?: boolean,
): readonly ExplainedJob[] {
  const before = new Map<string, { labels: readonly string[]; count: number }>();
  return jobs.map((job) => {
    const ahead = [...before.values()].reduce(
      (sum, kind) => sum + (canMeet(kind.labels, job.labels, runners) ? kind.count : 0),
      0,
    );
    if (job.waitsFor.length === 0 && job.why === undefined) {
      const key = JSON.stringify([...job.labels].sort());
      before.set(key, { labels: job.labels, count: (before.get(key)?.count ?? 0) + 1 });
    }
    return { job, reason: whyWaiting({ ...job, ahead }, runners, hasServer) };
  });
}

/** What a job that people see as queued waits for; undefined for one that does not wait. */
export function waitingFor(
  job: JobRecord,
  queue: readonly ExplainedJob[],
  runners: readonly RunnerStatus[],
  hasServer?: boolean,
): string | undefined {
  if (job.state === 'leased') return `${job.runner} has it and prepares its workspace`;
  if (job.state !== 'queued' && job.state !== 'waiting') return undefined;
  if (job.kind === 'call' && job.isExpanded && job.state === 'waiting')
    return 'for the jobs of the workflow that it calls';
  const known = queue.find((entry) => entry.job.job === job.id);
  if (known !== undefined) return known.reason;
  if (job.state === 'waiting' && job.definition !== null && job.isExpanded) return 'for its turn';
  const waitsFor = job.state === 'waiting' ? job.needs : [];
  return whyWaiting({ labels: job.labels, waitsFor, ahead: queue.length }, runners, hasServer);
}

/** Is there a runner that both could be given to? */
function canMeet(a: readonly string[], b: readonly string[], runners: readonly RunnerStatus[]): boolean {
  return runners.some((runner) => [...a, ...b].every((label) => runner.labels.includes(label)));
}
