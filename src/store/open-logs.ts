import { join } from 'node:path';
import { LogFiles } from './log-files.ts';
import type { Store } from './store.ts';
import { StoredLogs } from './stored-logs.ts';

/** What {@link openLogs} needs. */
export interface LogsOptions {
  /** The home folder; logs are in `logs` below it. */
  readonly home: string;
  readonly store: Store;
  /** Told of logs that could not be packed; they stay readable. Default: nothing is done. */
  readonly onError?: (error: unknown) => void;
}

/** The logs of a home, for who only reads them: nothing is done in the background. */
export function logsOf({ home, store, onError }: LogsOptions): StoredLogs {
  const files = new LogFiles({ folder: join(home, 'logs'), ...(onError === undefined ? {} : { onError }) });
  return new StoredLogs({ files, small: store.smallLogs });
}

/** Opens the logs of a home and ends what a kill left half done: logs of executions that are over are sealed, and packed. */
export async function openLogs(options: LogsOptions): Promise<StoredLogs> {
  const logs = logsOf(options);
  const growing = await logs.start();
  if (growing.length === 0) return logs;
  const open = new Set((await options.store.openExecutions()).map(({ job, execution }) => `${job} ${execution}`));
  for (const key of growing) {
    if (!open.has(`${key.job} ${key.execution}`)) await logs.seal(key);
  }
  return logs;
}
