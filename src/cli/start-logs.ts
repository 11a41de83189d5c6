import type { LogFiles } from '../store/log-files.ts';
import type { Store } from '../store/store.ts';

/**
 * Opens the logs, and has those packed that still grow although their execution is over: the program was killed between
 * the two. The others go on growing.
 */
export async function startLogs(logs: LogFiles, store: Pick<Store, 'job'>): Promise<void> {
  for (const key of await logs.start()) {
    const job = await store.job(key.job);
    const execution = job?.executions.find(({ number }) => number === key.execution);
    if (execution?.outcome != null) await logs.seal(key);
  }
}
