import { appendFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** From this offset on, until that of the next one, a log came at this moment. */
export interface LogTime {
  /** In bytes. */
  readonly offset: number;
  /** Milliseconds since 1970, when the server had it. */
  readonly atMs: number;
}

/** What comes within this time, in milliseconds, counts as one moment: people read tenths of a second. */
const MOMENT_MS = 100;
/** Offset (6), milliseconds (6): big-endian and unsigned. */
const ENTRY_BYTES = 12;
/** So many are kept in memory before they are written. */
const UNWRITTEN = 64;
/** Moments that are kept of one log, 2.4 MB: what comes later has the time of the last one. */
const MOST = 200_000;

interface Growing {
  readonly path: string;
  /** How many there are, those in the file included, since this program began. */
  count: number;
  lastMs: number;
  unwritten: LogTime[];
}

/**
 * When the pieces of logs came, in a file beside each log that grew for longer than a moment. For people only: nothing is
 * synced, and what a kill loses is told by the times before it.
 */
export class LogTimes {
  readonly #now: () => number;
  readonly #growing = new Map<string, Growing>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Bytes from `offset` on came now. `path`: of the file for this log. */
  note(path: string, offset: number): void {
    const atMs = this.#now();
    const growing = this.#growing.get(path) ?? { path, count: 0, lastMs: 0, unwritten: [] };
    this.#growing.set(path, growing);
    if (growing.count >= MOST || (growing.count > 0 && atMs - growing.lastMs < MOMENT_MS)) return;
    growing.count += 1;
    growing.lastMs = atMs;
    growing.unwritten.push({ offset, atMs });
    if (growing.unwritten.length > UNWRITTEN) void this.#write(growing);
  }

  /** The log is complete. One that came in one moment has no file: the times of its steps say the same. */
  async end(path: string): Promise<void> {
    const growing = this.#growing.get(path);
    this.#growing.delete(path);
    if (growing !== undefined && growing.count > 1) await this.#write(growing);
  }

  /** The moments of a log, oldest first; empty where nothing was noted. */
  async read(path: string): Promise<readonly LogTime[]> {
    const written = decode(await readFile(path).catch(() => Buffer.alloc(0)));
    return [...written, ...(this.#growing.get(path)?.unwritten ?? [])];
  }

  /** Writes what is in memory. */
  async close(): Promise<void> {
    await Promise.all([...this.#growing.values()].filter(({ count }) => count > 1).map((one) => this.#write(one)));
    this.#growing.clear();
  }

  async #write(growing: Growing): Promise<void> {
    const { path, unwritten } = growing;
    if (unwritten.length === 0) return;
    try {
      await mkdir(dirname(path), { recursive: true });
      appendFileSync(path, encode(growing.unwritten), { mode: 0o600 });
    } catch {
      // no room: the log itself says so, and it can be read without its times
    }
    growing.unwritten = [];
  }
}

function encode(times: readonly LogTime[]): Buffer {
  const bytes = Buffer.alloc(times.length * ENTRY_BYTES);
  for (const [at, { offset, atMs }] of times.entries()) {
    bytes.writeUIntBE(offset, at * ENTRY_BYTES, 6);
    bytes.writeUIntBE(atMs, at * ENTRY_BYTES + 6, 6);
  }
  return bytes;
}

/** What a kill cut off at the end is left out. */
function decode(bytes: Buffer): LogTime[] {
  return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, at) => ({
    offset: bytes.readUIntBE(at * ENTRY_BYTES, 6),
    atMs: bytes.readUIntBE(at * ENTRY_BYTES + 6, 6),
  }));
}
