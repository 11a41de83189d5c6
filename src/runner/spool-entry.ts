import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { ExecutionResult } from '../protocol/execution-result.ts';
import type { LeaseMessage } from '../protocol/from-dispatcher.ts';
import { toDispatcher } from '../protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { LogSource } from './log-stream.ts';
import { readAt } from './log-writer.ts';

/** `result.json` is a multiple of this long, filled up with spaces, so that writing it again moves nothing on the disk. */
const BLOCK_BYTES = 4096;
const SPACE = 0x20;

/** The folder of one execution: `lease.json`, `log` and, once it is over, `result.json`. */
export class SpoolEntry {
  readonly #spool: string;
  readonly #lease: number;
  readonly #log: number;
  readonly #result: number;
  #name: string;
  readonly #block = Buffer.alloc(BLOCK_BYTES, SPACE);
  #resultBytes = BLOCK_BYTES;
  #isUnsettled = false;
  #isOpen = true;

  /** Makes a folder that is not there yet. */
  constructor(spool: string, name: string) {
    this.#spool = spool;
    this.#name = name;
    mkdirSync(this.folder, { recursive: true, mode: 0o700 }); // a job may have removed all that is around it
    this.#lease = openSync(join(this.folder, 'lease.json'), 'wx+', 0o600);
    this.#log = openSync(join(this.folder, 'log'), 'wx+', 0o600);
    this.#result = openSync(join(this.folder, 'result.json'), 'wx+', 0o600);
    writeSync(this.#result, this.#block, 0, BLOCK_BYTES, 0);
  }

  get folder(): string {
    return join(this.#spool, this.#name);
  }

  /** The file of the log, to be written from its beginning. */
  get logFd(): number {
    return this.#log;
  }

  /** Resolves when the place for the result is on the disk: from then on keeping one costs no more than its bytes. */
  settled(): Promise<this> {
    return new Promise((resolve) => fsync(this.#result, () => resolve(this)));
  }

  /** It is that of `lease` from now on; false if somebody took the folder away. */
  begin(lease: LeaseMessage): boolean {
    const name = `${lease.job}-${lease.execution}`;
    try {
      renameSync(this.folder, join(this.#spool, name));
    } catch {
      this.close();
      return false;
    }
    this.#name = name;
    // The ticket is a password and contexts hold secrets; neither is of use after the lease.
    const { contexts: _, ...kept } = lease;
    const text = Buffer.from(JSON.stringify({ ...kept, git: { ...lease.git, ticket: '' } }));
    writeSync(this.#lease, text, 0, text.length, 0);
    ftruncateSync(this.#lease, text.length);
    return true;
  }

  /**
   * Keeps the result, so that it outlives this process; half of it is never taken for a whole one. `logCrc` tells whether
   * the log, for which nobody waits, has survived too. Throws if the disk does not take it.
   */
  writeResult(result: ExecutionResult, logCrc: number): void {
    const text = encode(result, logCrc);
    const bytes = this.#padded(text);
    this.#resultBytes = bytes.length;
    this.#isUnsettled = true;
    writeSync(this.#result, bytes, 0, bytes.length, 0);
  }

  /** Resolves when what was written of the result would survive a power cut. */
  settleResult(): Promise<void> {
    this.#isUnsettled = false;
    return new Promise((resolve, reject) => {
      fdatasync(this.#result, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  /** Its result is not wanted any more, and the folder can serve another execution; false if it cannot. */
  reuse(): boolean {
    if (!this.#isOpen) return false;
    this.#isUnsettled = false;
    try {
      writeSync(this.#result, this.#block.fill(SPACE), 0, BLOCK_BYTES, 0);
      if (this.#resultBytes > BLOCK_BYTES) ftruncateSync(this.#result, BLOCK_BYTES);
      this.#resultBytes = BLOCK_BYTES;
      // Not to nothing: ext4 takes that for a file about to be replaced, and writes it out when it is closed.
      ftruncateSync(this.#log, 1);
      return true;
    } catch {
      return false;
    }
  }

  /** Most results fit into the one block that is kept for them. */
  #padded(text: string): Buffer {
    const size = Buffer.byteLength(text);
    const block = size <= BLOCK_BYTES ? this.#block : Buffer.alloc(Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES);
    return block.fill(SPACE, block.write(text));
  }

  /** What is in the folder stays. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#isUnsettled) settle(this.#result);
    for (const fd of [this.#lease, this.#log, this.#result]) closeSync(fd);
  }
}

function settle(fd: number): void {
  try {
    fdatasyncSync(fd);
  } catch {
    // It outlives this process, and perhaps not the machine.
  }
}

/** What is in the folder of an execution that has a result. */
export interface LoadedEntry {
  readonly key: ExecutionKey;
  readonly result: ExecutionResult;
  readonly log: LogSource;
  close(): void;
}

/** Reads the folder of an earlier life; undefined if there is no whole result in it. */
export function loadEntry(folder: string): LoadedEntry | undefined {
  const found = readResult(join(folder, 'result.json'));
  if (found === undefined) return undefined;
  const { result, logCrc } = found;
  const path = join(folder, 'log');
  let fd = existsSync(path) ? openSync(path, 'r') : undefined;
  // After a power cut it may be short, or hold what was there before; then it ends where that begins to show.
  const isWhole = fd !== undefined && fstatSync(fd).size >= result.logBytes && crcOf(fd, result.logBytes) === logCrc;
  const close = () => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  const log: LogSource = { bytes: isWhole ? result.logBytes : 0, read: (offset, buffer) => readAt(fd, offset, buffer) };
  return { key: { job: result.job, execution: result.execution }, result, log, close };
}

function encode(result: ExecutionResult, logCrc: number): string {
  const body = JSON.stringify({ logCrc, result });
  return `{"sum":"${sumOf(body)}","kept":${body}}\n`;
}

function sumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 16);
}

function readResult(path: string): { readonly result: ExecutionResult; readonly logCrc: number } | undefined {
  try {
    const { sum, kept } = JSON.parse(readFileSync(path, 'utf8'));
    if (sum !== sumOf(JSON.stringify(kept))) return undefined;
    const message = toDispatcher.parse({ type: 'finished', result: kept.result });
    return message.type === 'finished' ? { result: message.result, logCrc: Number(kept.logCrc) } : undefined;
  } catch {
    return undefined; // not there, half of it, or of another version: the dispatcher will have it executed again
  }
}

function crcOf(fd: number, bytes: number): number {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let crc = 0;
  for (let at = 0; at < bytes; ) {
    const size = readSync(fd, buffer, 0, Math.min(buffer.length, bytes - at), at);
    if (size === 0) break;
    crc = crc32(buffer.subarray(0, size), crc);
    at += size;
  }
  return crc;
}
