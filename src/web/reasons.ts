import type { JobRecord } from '../store/job-record.ts';
import type { WebContext } from './context.ts';
import { type ExplainedJob, explainQueue, QUEUE_LOOKED_AT, waitingFor } from './waiting.ts';

/** Why each job that waits does so, by id. */
export async function reasonsOf(
  { store, operations }: Pick<WebContext, 'store' | 'operations'>,
  jobs: readonly JobRecord[],
): Promise<ReadonlyMap<number, string>> {
  if (jobs.every((job) => job.state === 'running' || job.state === 'completed')) return new Map();
  const runners = operations.runners();
  const { jobs: queued } = await store.queue(QUEUE_LOOKED_AT);
  const queue: readonly ExplainedJob[] = explainQueue(queued, runners, operations.hasServer);
  const reasons = new Map<number, string>();
  for (const job of jobs) {
    const reason = waitingFor(job, queue, runners, operations.hasServer);
    if (reason !== undefined) reasons.set(job.id, reason);
  }
  return reasons;
}
