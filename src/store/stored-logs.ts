import { Readable } from 'node:stream';
import type { LogFiles } from './log-files.ts';
import { LogListeners } from './log-listeners.ts';
import { logName } from './log-paths.ts';
import type { LogKey, LogStore, SmallLogs } from './log-store.ts';
import { Turns } from './turns.ts';

/** How many growing logs it is remembered of that they are small; of the others the folder is asked. */
const REMEMBERED = 1000;

/** Where {@link StoredLogs} keeps them. */
export interface StoredLogsOptions {
  readonly files: LogFiles;
  readonly small: SmallLogs;
}

/** Logs of a few lines in the database, larger ones in files: a log begins in the one and moves to the other when it grows. */
export class StoredLogs implements LogStore {
  readonly #files: LogFiles;
  readonly #small: SmallLogs;
  readonly #turns = new Turns();
  readonly #listeners = new LogListeners();
  /** Names of logs that grow and are small. */
  readonly #growing = new Set<string>();

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

  append(key: LogKey, offset: number, bytes: Buffer): Promise<number> {
    return this.#turns.take(logName(key), async () => {
      if (this.#isFile(key)) return this.#files.append(key, offset, bytes);
      const appended = await this.#small.append(key, offset, bytes);
      if ('tooLarge' in appended) return this.#move(key, appended.tooLarge);
      this.#remember(key);
      if (appended.size > offset) this.#listeners.tell(logName(key));
      return appended.size;
    });
  }

  async size(key: LogKey): Promise<number> {
    if (this.#isFile(key)) return this.#files.size(key);
    const log = await this.#small.read(key);
    return log === undefined ? this.#files.size(key) : log.bytes.length;
  }

  /** A row is on the disk when its append is fulfilled. */
  sync(key: LogKey): Promise<void> {
    return this.#turns.take(logName(key), async () => {
      if (this.#isFile(key)) await this.#files.sync(key);
    });
  }

  seal(key: LogKey): Promise<void> {
    return this.#turns.take(logName(key), async () => {
      if (this.#isFile(key)) return this.#files.seal(key);
      await this.#small.seal(key);
      this.#growing.delete(logName(key));
      this.#listeners.tell(logName(key));
    });
  }

  async read(key: LogKey, start = 0, end?: number): Promise<Readable> {
    const log = this.#isFile(key) ? undefined : await this.#small.read(key);
    if (log === undefined) return this.#files.read(key, start, end);
    const bytes = log.bytes.subarray(start, end);
    return Readable.from(bytes.length > 0 ? [bytes] : []);
  }

  onChange(key: LogKey, listener: () => void): () => void {
    const ends = [this.#listeners.add(logName(key), listener), this.#files.onChange(key, listener)];
    return () => {
      for (const end of ends) end();
    };
  }

  async isSealed(key: LogKey): Promise<boolean> {
    if (this.#isFile(key)) return this.#files.isSealed(key);
    return (await this.#small.read(key))?.isSealed ?? this.#files.isSealed(key);
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

  #remember(key: LogKey): void {
    this.#growing.add(logName(key));
    const [oldest] = this.#growing;
    if (this.#growing.size > REMEMBERED && oldest !== undefined) this.#growing.delete(oldest);
  }
}
