import type { Readable } from 'node:stream';
import type { LogTime } from './log-times.ts';

/** Names one log. */
export interface LogKey {
  readonly job: number;
  readonly execution: number;
}

/** A place in a log. */
export interface LogMark {
  /** In bytes. */
  readonly offset: number;
  /** Line ends before it. */
  readonly lines: number;
}

/** Bytes for a log. */
export interface NewBytes {
  readonly offset: number;
  readonly bytes: Buffer;
  /** With them the log is complete. */
  readonly isLast: boolean;
}

/**
 * The logs of all executions, as files below one folder. Written by the dispatcher, read by the web; while it grows a log is one plain
 * file, a sealed one is gzip members of about 1 MiB with an index, so that a range in its middle costs one member.
 */
export interface LogStore {
  /**
   * Writes `bytes` at `offset`. What is there already is skipped (a chunk may be sent twice). `isLast`: the log is complete
   * with them, so that a `seal` will have less to do, or nothing.
   * @returns how many bytes the log has now; less than `offset` means there is a gap: nothing was written.
   * @throws {StoreFullError} when the disk is full; nothing that was acknowledged is lost.
   */
  append(key: LogKey, offset: number, bytes: Buffer, isLast?: boolean): Promise<number>;
  /** How many bytes there are; 0 for one that does not exist. */
  size(key: LogKey): Promise<number>;
  /** Makes what was appended survive a power cut. */
  sync(key: LogKey): Promise<void>;
  /** The log is complete: it is compressed in the background. */
  seal(key: LogKey): Promise<void>;
  /** Bytes `start` to `end` (exclusive; default: all there is now), as they come from the disk. */
  read(key: LogKey, start?: number, end?: number): Promise<Readable>;
  /** How many bytes there are, and the last ones, at most `maxBytes`. */
  tail(key: LogKey, maxBytes: number): Promise<{ readonly size: number; readonly bytes: Buffer }>;
  /** Places of which it is known how many lines are before them, the end of the log last; empty: none is known. */
  marks(key: LogKey): Promise<readonly LogMark[]>;
  /** When which piece came, oldest first; empty for one that came in one moment. */
  times(key: LogKey): Promise<readonly LogTime[]>;
  /** Calls `listener` after each append to this log and once when it is sealed; returns what ends it. */
  onChange(key: LogKey, listener: () => void): () => void;
  isSealed(key: LogKey): Promise<boolean>;
  /** Removes what there is of a log whose execution is over. */
  remove(key: LogKey): Promise<void>;
  /**
   * Removes files that a kill has left: complete logs, older than a day, that `known` does not name among those of the jobs
   * `from` to below `to`. Returns how many logs went.
   */
  removeOthers(known: (from: number, to: number) => Promise<readonly LogKey[]>, now: Date): Promise<number>;
  /** Ends compressions under way (they are done at the next start), closes what is open. */
  close(): Promise<void>;
}

/** What became of bytes that were to be appended. `tooLarge`: all of the log; nothing was written. */
export type SmallAppend = { readonly size: number } | { readonly tooLarge: Buffer };

/**
 * Logs of a few lines, as rows of the database instead of files: most jobs print little, and a file costs its making, two
 * fsyncs and a rename, a row shares the commit of what is written at that moment anyway.
 */
export interface SmallLogs {
  /** As {@link LogStore.append}; on the disk when it is fulfilled. A sealed log takes nothing. */
  append(key: LogKey, bytes: NewBytes): Promise<SmallAppend>;
  /** All of a log; undefined if there is none here. */
  read(key: LogKey): Promise<{ readonly bytes: Buffer; readonly isSealed: boolean } | undefined>;
  /** It is complete. One that does not exist is empty from now on. */
  seal(key: LogKey): Promise<void>;
  /** It is a file now. */
  remove(key: LogKey): Promise<void>;
  /** Those that are not sealed. */
  growing(): Promise<readonly LogKey[]>;
}
