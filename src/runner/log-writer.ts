import { read, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { messageOf } from '../support/ci-error.ts';

/** Looks at the output that is kept, as it comes. */
export interface OutputListener {
  /** The bytes are only lent. */
  output(bytes: Buffer): void;
  /** A line of our own comes between: what wrote before has ended, or something else begins. */
  endOutput(): void;
}

/** How a log is kept. */
export interface LogWriterOptions {
  /** The file, open for reading and writing; what is in it is written over from its beginning. */
  readonly fd: number;
  /** Bound on the output of the steps, in bytes. Default 100 MB. Our own lines come on top. */
  readonly limitBytes?: number;
  /** Called after bytes were written, with these bytes; they are only lent. */
  readonly onAppended?: (bytes: Buffer) => void;
  /** Called once, when the file cannot be written any more (a full disk). */
  readonly onFailed?: (reason: string) => void;
}

const MEGABYTE = 1_000_000;
const NEWLINE = 0x0a;

/**
 * The log of one execution, in a file, byte for byte as it came. Written at once and in order: a process that prints
 * faster than the disk takes it waits in its pipe, and nothing piles up in memory.
 */
export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #limitBytes: number;
  #fd: number | undefined;
  #bytes = 0;
  #crc = 0;
  #outputBytes = 0;
  #droppedBytes = 0;
  #isAtLineStart = true;
  #hasFailed = false;
  #listener: OutputListener | undefined;

  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.#limitBytes = options.limitBytes ?? 100 * MEGABYTE;
    this.#fd = options.fd;
  }

  /** How long the log is, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Checksum of the log. */
  get crc(): number {
    return this.#crc;
  }

  /** How much output was thrown away, in bytes. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** From now on `listener` is told of the output that is kept; undefined: nobody is. */
  listen(listener: OutputListener | undefined): void {
    this.#listener = listener;
  }

  /** Output of a step; what is beyond the limit is counted and thrown away. */
  output(bytes: Buffer): void {
    const room = this.#limitBytes - this.#outputBytes;
    const kept = bytes.length <= room ? bytes : bytes.subarray(0, Math.max(0, room));
    this.#outputBytes += kept.length;
    this.#droppedBytes += bytes.length - kept.length;
    if (kept.length > 0) this.#listener?.output(kept);
    this.#append(kept);
  }

  /** A line of our own, on a line of its own. */
  line(text: string): void {
    this.#listener?.endOutput();
    this.#append(Buffer.from(`${this.#isAtLineStart ? '' : '\n'}${text}\n`));
  }

  /** Says in the log how much of the output is missing, if any is. */
  markDropped(): void {
    if (this.#droppedBytes === 0) return;
    const limit = `${Math.round(this.#limitBytes / 10_000) / 100} MB`;
    this.line(`[signalbox] output beyond ${limit} was thrown away: ${this.#droppedBytes} bytes`);
  }

  /** Reads back what was written, into `buffer`; how many bytes, 0 at the end or after `close`. */
  read(offset: number, buffer: Buffer): Promise<number> {
    return readAt(this.#fd, offset, buffer);
  }

  /** Nothing is written or read any more; the file belongs to whoever opened it. */
  close(): void {
    this.#fd = undefined;
  }

  #append(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const written = this.#write(bytes);
    this.#droppedBytes += bytes.length - written;
    if (written === 0) return;
    this.#crc = crc32(written === bytes.length ? bytes : bytes.subarray(0, written), this.#crc);
    this.#bytes += written;
    this.#isAtLineStart = bytes[written - 1] === NEWLINE;
    this.#options.onAppended?.(written === bytes.length ? bytes : bytes.subarray(0, written));
  }

  /** How many bytes could be written. */
  #write(bytes: Buffer): number {
    let written = 0;
    try {
      while (this.#fd !== undefined && written < bytes.length && !this.#hasFailed)
        written += writeSync(this.#fd, bytes, written, bytes.length - written, this.#bytes + written);
    } catch (error) {
      this.#hasFailed = true;
      this.#options.onFailed?.(`the log could not be kept: ${messageOf(error)}`);
    }
    return written;
  }
}

/** Reads at `offset` of an open file; 0 at its end, or if it is not open. */
export function readAt(fd: number | undefined, offset: number, buffer: Buffer): Promise<number> {
  if (fd === undefined) return Promise.resolve(0);
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, buffer.length, offset, (error, size) => (error === null ? resolve(size) : reject(error)));
  });
}
