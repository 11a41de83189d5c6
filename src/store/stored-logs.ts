import { Readable } from 'node:stream';
import type { LogFiles } from './log-files.ts';
import { LogListeners } from './log-listeners.ts';
import { logName } from './log-paths.ts';
import type { LogKey, LogMark, LogStore, SmallLogs } from './log-store.ts';
import type { LogTime } from './log-times.ts';
import { Turns } from './turns.ts';

/** How many logs it is remembered of that they are small, or sealed; of the others folder and table are asked. */
const REMEMBERED = 1000;

/** Where {@link StoredLogs} keeps them. */
export interface StoredLogsOptions {
  readonly files: LogFiles;
  readonly small: SmallLogs;
}

/**
 * Logs of a few lines in the database, larger ones in files: a log begins in the one and moves to the other when it grows.
 * Rows of logs that are not kept any more go with the commit that says so.
 */
export class StoredLogs implements LogStore {
  readonly #files: LogFiles;
  readonly #small: SmallLogs;
  readonly #turns = new Turns();
  readonly #listeners = new LogListeners();
  /** Names of logs that grow and are small. */
  readonly #growing = new Set<string>();
  /** Names of small logs that were sealed with their last bytes. */
  readonly #justSealed = new Set<string>();

  constructor({ files, small }: StoredLogsOptions) {
    this.#files = files;
    this.#small = small;
  }

  /**
   * Packs in the background what was sealed before the program ended.
   * @returns the logs that still grow, so that who knows better can seal those whose execution is over.
   */
  async start(): Promise<readonly LogKey[]> {
    return [...(await this.#files.start()), ...(await this.#small.growing())];
  }

  append(key: LogKey, offset: number, bytes: Buffer, isLast = false): Promise<number> {
    const name = logName(key);
    return this.#turns.take(name, async () => {
      if (this.#isFile(key)) return this.#files.append(key, offset, bytes);
      const appended = await this.#small.append(key, { offset, bytes, isLast });
      if ('tooLarge' in appended) return this.#move(key, appended.tooLarge);
      remember(this.#growing, name);
      if (appended.size > offset) this.#files.grew(key, offset);
      if (isLast && appended.size >= offset + bytes.length) await this.#sealed(key);
      else if (isLast) this.#listeners.tell(name);
      return appended.size;
    });
  }

  async size(key: LogKey): Promise<number> {
    return (await this.#rowOf(key))?.bytes.length ?? this.#files.size(key);
  }

  /** A row is on the disk when its append is fulfilled. */
  sync(key: LogKey): Promise<void> {
    return this.#turns.take(logName(key), async () => {
      if (this.#isFile(key)) await this.#files.sync(key);
    });
  }

  seal(key: LogKey): Promise<void> {
    const name = logName(key);
    return this.#turns.take(name, async () => {
      if (this.#justSealed.delete(name)) return;
      if (this.#isFile(key)) return this.#files.seal(key);
      await this.#small.seal(key);
      this.#growing.delete(name);
      await this.#files.ended(key);
      this.#listeners.tell(name);
    });
  }

  async read(key: LogKey, start = 0, end?: number): Promise<Readable> {
    const log = await this.#rowOf(key);
    if (log === undefined) return this.#files.read(key, start, end);
    const bytes = log.bytes.subarray(start, end);
    return Readable.from(bytes.length > 0 ? [bytes] : []);
  }

  async tail(key: LogKey, maxBytes: number): Promise<{ readonly size: number; readonly bytes: Buffer }> {
    const log = await this.#rowOf(key);
    if (log === undefined) return this.#files.tail(key, maxBytes);
    const size = log.bytes.length;
    return { size, bytes: log.bytes.subarray(Math.max(0, size - maxBytes)) };
  }

  async marks(key: LogKey): Promise<readonly LogMark[]> {
    return (await this.#rowOf(key)) === undefined ? this.#files.marks(key) : [];
  }

  times(key: LogKey): Promise<readonly LogTime[]> {
    return this.#files.times(key);
  }

  onChange(key: LogKey, listener: () => void): () => void {
    const ends = [this.#listeners.add(logName(key), listener), this.#files.onChange(key, listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  async isSealed(key: LogKey): Promise<boolean> {
    return (await this.#rowOf(key))?.isSealed ?? this.#files.isSealed(key);
  }

  remove(key: LogKey): Promise<void> {
    const name = logName(key);
    return this.#turns.take(name, async () => {
      this.#growing.delete(name);
      this.#justSealed.delete(name);
      await this.#files.remove(key);
    });
  }

  removeOthers(known: (from: number, to: number) => Promise<readonly LogKey[]>, now: Date): Promise<number> {
    return this.#files.removeOthers(known, now);
  }

  /** See {@link LogFiles.packed}. */
  packed(): Promise<void> {
    return this.#files.packed();
  }

  async close(): Promise<void> {
    await this.#turns.idle();
    await this.#files.close();
  }

  /** Is it, or was it once, too large for a row? */
  #isFile(key: LogKey): boolean {
    return !this.#growing.has(logName(key)) && this.#files.has(key);
  }

  /** From a row into a file. A kill in between leaves both, and then the file counts, which has all of the row. */
  async #move(key: LogKey, bytes: Buffer): Promise<number> {
    const size = await this.#files.append(key, 0, bytes);
    await this.#files.sync(key);
    this.#growing.delete(logName(key));
    await this.#small.remove(key);
    return size;
  }

  /** The log, if it is a row. One that grows may have become a file, by a program that was killed then. */
  async #rowOf(key: LogKey) {
    const row = await this.#small.read(key);
    return row === undefined || row.isSealed || !this.#isFile(key) ? row : undefined;
  }

  async #sealed(key: LogKey): Promise<void> {
    const name = logName(key);
    this.#growing.delete(name);
    remember(this.#justSealed, name);
    await this.#files.ended(key);
    this.#listeners.tell(name);
  }
}

/** Adds to a set of bounded size; the oldest goes. */
function remember(names: Set<string>, name: string): void {
  names.add(name);
  const [oldest] = names;
  if (names.size > REMEMBERED && oldest !== undefined) names.delete(oldest);
}
