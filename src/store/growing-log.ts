import { closeSync, constants, fdatasync, fstatSync, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import type { FolderSync } from './folder-sync.ts';

const writeLarge = promisify(write);
const syncData = promisify(fdatasync);

/** Smaller writes go to the page cache at once: the round trip to a thread costs ten times as much as the write. */
const SMALL_BYTES = 64 * 1024;

/** A log that grows, open. Its calls must not overlap. */
export class GrowingLog {
  readonly #fd: number;
  #size: number;
  /** How much of it is safe from a power cut. */
  #syncedBytes = 0;
  /** Is its name safe too? */
  #isNew: boolean;

  private constructor(fd: number, isNew: boolean) {
    this.#fd = fd;
    this.#isNew = isNew;
    this.#size = isNew ? 0 : fstatSync(fd).size;
  }

  /** The log at `path`; undefined if there is none. */
  static open(path: string): GrowingLog | undefined {
    try {
      return new GrowingLog(openSync(path, constants.O_WRONLY), false);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** A new log at `path`. */
  static create(path: string): GrowingLog {
    return new GrowingLog(openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600), true);
  }

  get size(): number {
    return this.#size;
  }

  /** Writes what is new of `bytes`; nothing, if there would be a gap before it. What was written before an error stays. */
  async append(offset: number, bytes: Buffer): Promise<void> {
    if (offset > this.#size) return;
    let rest = bytes.subarray(this.#size - offset);
    while (rest.length > 0) {
      const written = rest.length <= SMALL_BYTES ? this.#writeSmall(rest) : await this.#writeLarge(rest);
      this.#size += written;
      rest = rest.subarray(written);
    }
  }

  #writeSmall(bytes: Buffer): number {
    return writeSync(this.#fd, bytes, 0, bytes.length, this.#size);
  }

  async #writeLarge(bytes: Buffer): Promise<number> {
    return (await writeLarge(this.#fd, bytes, 0, bytes.length, this.#size)).bytesWritten;
  }

  /** Makes what was written survive a power cut; `folder` is the one it is in. */
  async sync(folder: FolderSync): Promise<void> {
    const size = this.#size;
    if (size === this.#syncedBytes) return;
    await Promise.all([syncData(this.#fd), this.#isNew ? folder.sync() : undefined]);
    this.#isNew = false;
    this.#syncedBytes = size;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
