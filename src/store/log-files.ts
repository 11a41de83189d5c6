import { renameSync, statSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { inFolder, translateFileError } from './file-errors.ts';
import { FolderSync } from './folder-sync.ts';
import { GrowingLog } from './growing-log.ts';
import { LogListeners } from './log-listeners.ts';
import { keyOfName, type LogPaths, logName, pathsOf, SPREAD } from './log-paths.ts';
import type { LogKey, LogMark, LogStore } from './log-store.ts';
import { type LogTime, LogTimes } from './log-times.ts';
import { packLog, readIndex, readPacked } from './packed-log.ts';
import { Turns } from './turns.ts';

/** Files that are kept open; most installations have some ten jobs at once. */
const OPEN_FILES = 100;
/** Logs below this size stay as they are: packing saves less than what its files take. */
const PACKED_FROM_BYTES = 64 * 1024;

/** A file that nobody knows of may be about to be known: it is left alone for so long, in milliseconds. */
const YOUNG_MS = 24 * 3_600_000;

/** Options of {@link LogFiles}. */
export interface LogFilesOptions {
  /** Folder of all logs; made where there is none. */
  readonly folder: string;
  /** Told of what goes wrong in the background; the log stays readable and is packed at the next start. Default: nothing is done. */
  readonly onError?: (error: unknown) => void;
  /** Milliseconds since 1970. Default: those of the machine. */
  readonly now?: () => number;
}

/** Logs in files; `log-paths.ts` says where. */
export class LogFiles implements LogStore {
  readonly #folder: string;
  readonly #onError: (error: unknown) => void;
  readonly #openFolder: FolderSync;
  /** The least recently used first. */
  readonly #growing = new Map<string, GrowingLog>();
  readonly #turns = new Turns();
  readonly #listeners = new LogListeners();
  readonly #times: LogTimes;
  #packing: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor({ folder, onError = () => {}, now }: LogFilesOptions) {
    this.#folder = folder;
    this.#times = new LogTimes(now);
    this.#openFolder = new FolderSync(join(folder, 'open'));
    this.#onError = onError;
  }

  /**
   * Packs in the background what was sealed before the program ended.
   * @returns the logs that still grow, so that who knows better can seal those whose execution is over.
   */
  async start(): Promise<readonly LogKey[]> {
    const names = async (folder: string) => {
      await mkdir(join(this.#folder, folder), { recursive: true });
      return (await readdir(join(this.#folder, folder))).flatMap((name) => keyOfName(name) ?? []);
    };
    for (const key of await names('sealing')) this.#packLater(key);
    return names('open');
  }

  append(key: LogKey, offset: number, bytes: Buffer): Promise<number> {
    return this.#inTurn(key, async () => {
      const log = this.#logOf(key, bytes.length > 0 && offset === 0);
      if (log === undefined) return this.#sizeNow(key);
      const before = log.size;
      try {
        await log.append(offset, bytes);
      } finally {
        if (log.size > before) this.grew(key, before);
      }
      return log.size;
    });
  }

  async size(key: LogKey): Promise<number> {
    return this.#sizeNow(key);
  }

  sync(key: LogKey): Promise<void> {
    return this.#inTurn(key, async () => this.#logOf(key, false)?.sync(this.#openFolder));
  }

  seal(key: LogKey): Promise<void> {
    return this.#inTurn(key, async () => {
      const paths = pathsOf(this.#folder, key);
      const log = this.#logOf(key, false);
      if (log === undefined && this.#isSealed(paths)) return;
      this.#growing.delete(logName(key));
      log?.close();
      await this.ended(key);
      if (log === undefined) inFolder(paths.folder, () => writeFileSync(paths.plain, ''));
      else if (log.size < PACKED_FROM_BYTES) inFolder(paths.folder, () => renameSync(paths.open, paths.plain));
      else this.#seal(key, paths);
      this.#listeners.tell(logName(key));
    });
  }

  async read(key: LogKey, start = 0, end?: number): Promise<Readable> {
    const paths = pathsOf(this.#folder, key);
    for (const path of [paths.open, paths.sealing, paths.plain]) {
      const handle = await open(path, 'r').catch(ignoreMissing);
      if (handle === undefined) continue;
      const last = Math.min(end ?? Number.POSITIVE_INFINITY, (await handle.stat()).size) - 1;
      if (start <= last) return handle.createReadStream({ start, end: last, highWaterMark: 256 * 1024 });
      await handle.close();
      return Readable.from([]);
    }
    if (sizeOf(paths.packed) === undefined) return Readable.from([]);
    const index = await readIndex(paths);
    return readPacked(paths, index, start, Math.min(end ?? index.bytes, index.bytes));
  }

  async tail(key: LogKey, maxBytes: number): Promise<{ readonly size: number; readonly bytes: Buffer }> {
    const size = await this.#sizeNow(key);
    if (size === 0) return { size, bytes: Buffer.alloc(0) };
    return { size, bytes: await buffer(await this.read(key, Math.max(0, size - maxBytes), size)) };
  }

  async marks(key: LogKey): Promise<readonly LogMark[]> {
    const paths = pathsOf(this.#folder, key);
    if (sizeOf(paths.packed) === undefined) return [];
    const { members, bytes, lines } = await readIndex(paths);
    return [...members.map(([, offset, before]) => ({ offset, lines: before })), { offset: bytes, lines }];
  }

  times(key: LogKey): Promise<readonly LogTime[]> {
    return this.#times.read(pathsOf(this.#folder, key).times);
  }

  /** A log, here or in the database, has bytes from `offset` on that it had not. */
  grew(key: LogKey, offset: number): void {
    this.#times.note(pathsOf(this.#folder, key).times, offset);
    this.#listeners.tell(logName(key));
  }

  /** A log, here or in the database, is complete. */
  ended(key: LogKey): Promise<void> {
    return this.#times.end(pathsOf(this.#folder, key).times);
  }

  onChange(key: LogKey, listener: () => void): () => void {
    return this.#listeners.add(logName(key), listener);
  }

  /** Is there a file, in whichever state? */
  has(key: LogKey): boolean {
    const paths = pathsOf(this.#folder, key);
    return this.#growing.has(logName(key)) || sizeOf(paths.open) !== undefined || this.#isSealed(paths);
  }

  async isSealed(key: LogKey): Promise<boolean> {
    return this.#isSealed(pathsOf(this.#folder, key));
  }

  /** Waits until everything that was sealed is packed; for tests and for who wants to copy the folder. */
  async packed(): Promise<void> {
    await this.#packing;
  }

  remove(key: LogKey): Promise<void> {
    return this.#inTurn(key, async () => {
      this.#growing.get(logName(key))?.close();
      this.#growing.delete(logName(key));
      await this.ended(key);
      const { open, sealing, plain, packed, index, times } = pathsOf(this.#folder, key);
      for (const path of [open, sealing, plain, packed, index, times]) await rm(path, { force: true });
    });
  }

  async removeOthers(known: (from: number, to: number) => Promise<readonly LogKey[]>, now: Date): Promise<number> {
    let removed = 0;
    for (const folder of await readdir(this.#folder).catch(() => [])) {
      if (!/^\d+$/.test(folder)) continue;
      const names = await readdir(join(this.#folder, folder));
      const from = Number(folder) * SPREAD;
      const kept = new Set((await known(from, from + SPREAD)).map(logName));
      for (const [name, key] of names.flatMap((one) => orphan(one, kept))) {
        // gone with another file of the same log
        const found = await stat(join(this.#folder, folder, name)).catch(() => undefined);
        if (found === undefined || now.getTime() - found.mtimeMs < YOUNG_MS) continue;
        await this.remove(key);
        removed++;
      }
    }
    return removed;
  }

  /** Gives up packing at the next member: it is done at the next start. Closes what is open. Safe twice. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#turns.idle();
    await this.#packing;
    await this.#times.close();
    for (const log of this.#growing.values()) log.close();
    this.#growing.clear();
  }

  /** What is done to one log is done in the order of the calls. */
  async #inTurn<T>(key: LogKey, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#turns.take(logName(key), work);
    } catch (error) {
      throw translateFileError(this.#folder, error);
    }
  }

  /** A log that grows, open; undefined if it is sealed, or is not there and may not be made. */
  #logOf(key: LogKey, mayBeNew: boolean): GrowingLog | undefined {
    const name = logName(key);
    const known = this.#growing.get(name);
    const log = known ?? this.#openLog(pathsOf(this.#folder, key), mayBeNew);
    if (log === undefined) return undefined;
    this.#growing.delete(name);
    this.#growing.set(name, log);
    this.#closeOldest(name);
    return log;
  }

  #openLog(paths: LogPaths, mayBeNew: boolean): GrowingLog | undefined {
    const found = GrowingLog.open(paths.open);
    if (found !== undefined || !mayBeNew || this.#isSealed(paths)) return found;
    return inFolder(join(this.#folder, 'open'), () => GrowingLog.create(paths.open));
  }

  /** Closes logs that nobody writes to now, where too many are open. */
  #closeOldest(except: string): void {
    for (const [name, log] of this.#growing) {
      if (this.#growing.size <= OPEN_FILES) return;
      if (name === except || this.#turns.isTaken(name)) continue;
      this.#growing.delete(name);
      log.close();
    }
  }

  #isSealed(paths: LogPaths): boolean {
    if (sizeOf(paths.open) !== undefined) return false;
    return [paths.sealing, paths.plain, paths.packed].some((path) => sizeOf(path) !== undefined);
  }

  async #sizeNow(key: LogKey): Promise<number> {
    const paths = pathsOf(this.#folder, key);
    const growing = this.#growing.get(logName(key))?.size;
    const size = growing ?? sizeOf(paths.open) ?? sizeOf(paths.sealing) ?? sizeOf(paths.plain);
    if (size !== undefined) return size;
    return sizeOf(paths.packed) === undefined ? 0 : (await readIndex(paths)).bytes;
  }

  #seal(key: LogKey, paths: LogPaths): void {
    inFolder(join(this.#folder, 'sealing'), () => renameSync(paths.open, paths.sealing));
    this.#packLater(key);
  }

  /** One after the other: packing is not urgent, and the jobs need the cores. */
  #packLater(key: LogKey): void {
    this.#packing = this.#packing.then(async () => {
      if (this.#isClosed) return;
      const paths = pathsOf(this.#folder, key);
      await mkdir(paths.folder, { recursive: true });
      await packLog(paths, () => this.#isClosed);
    });
    this.#packing = this.#packing.catch((error) => this.#onError(translateFileError(this.#folder, error)));
  }
}

/** A file that nobody knows of, by the key of its log. */
function orphan(name: string, kept: ReadonlySet<string>): readonly (readonly [string, LogKey])[] {
  const key = keyOfName(name);
  return key === undefined || kept.has(logName(key)) ? [] : [[name, key]];
}

/** Size of a file; undefined if there is none. */
function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size;
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
