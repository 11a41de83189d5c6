import { join } from 'node:path';
import type { LogKey } from './log-store.ts';

/** Logs of one folder: a million of them are spread over a thousand folders. */
export const SPREAD = 1000;

/** Where the files of a log are. Its place is its state; a step from one to the next is one atomic rename. */
export interface LogPaths {
  /** While it grows. */
  readonly open: string;
  /** Complete, waiting to be compressed. */
  readonly sealing: string;
  /** Folder of the complete ones. */
  readonly folder: string;
  /** Complete and small: as it is. */
  readonly plain: string;
  /** Complete and large: gzip members. */
  readonly packed: string;
  /** What is where in `packed`; there before `packed` is. */
  readonly index: string;
  /** When which piece of it came. */
  readonly times: string;
}

/** Names are made of numbers only, whatever a repository calls itself. */
export function logName({ job, execution }: LogKey): string {
  if (!Number.isSafeInteger(job) || !Number.isSafeInteger(execution) || job < 0 || execution < 0) {
    throw new RangeError(`there is no log ${job}-${execution}`);
  }
  return `${job}-${execution}.log`;
}

/** The key of a file's name; undefined for what is no log. */
export function keyOfName(name: string): LogKey | undefined {
  const match = /^(\d+)-(\d+)\.log$/.exec(name.replace(/\.(?:gz|idx|times)$/, ''));
  return match === null ? undefined : { job: Number(match[1]), execution: Number(match[2]) };
}

/** All places of a log below `root`. */
export function pathsOf(root: string, key: LogKey): LogPaths {
  const name = logName(key);
  const folder = join(root, String(Math.floor(key.job / SPREAD)));
  const plain = join(folder, name);
  return {
    open: join(root, 'open', name),
    sealing: join(root, 'sealing', name),
    folder,
    plain,
    packed: `${plain}.gz`,
    index: `${plain}.idx`,
    times: `${plain}.times`,
  };
}
