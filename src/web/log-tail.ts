import type { LogKey, LogStore } from '../store/log-store.ts';
import type { EventStream } from './event-stream.ts';
import type { LogPosition, LogSink } from './log-follow.ts';
import { LogRenderer } from './log-html.ts';

/** How much of the end of a log is put into the page, in bytes. */
const TAIL_BYTES = 256 * 1_024;
/** How many lines of it. */
const TAIL_LINES = 2_000;

/** A page that is further behind gets the end of the log only: nobody reads megabytes that rush by. */
const MOST_BEHIND_BYTES = 1_024 * 1_024;

/** The end of a log, ready for the page. */
export interface LogTail {
  /** Each as markup. */
  readonly lines: readonly string[];
  /** The last one that has no end yet; empty if there is none. */
  readonly open: string;
  /** Where the first line that is not whole begins, or the end: from there the page goes on. */
  readonly offset: number;
  /** Is something before it left out? */
  readonly isCut: boolean;
  readonly size: number;
}

/** Reads the end of a log and makes it lines. */
export async function readTail(logs: LogStore, key: LogKey): Promise<LogTail> {
  const size = await logs.size(key);
  const start = Math.max(0, size - TAIL_BYTES);
  const whole = size === 0 ? Buffer.alloc(0) : await readAll(await logs.read(key, start, size));
  const bytes = start === 0 ? whole : whole.subarray(whole.indexOf(0x0a) + 1);
  const { done, open } = new LogRenderer().push(bytes.toString('utf8'));
  const shown = done.slice(-TAIL_LINES);
  return {
    lines: shown,
    open,
    offset: size - (bytes.length - (bytes.lastIndexOf(0x0a) + 1)),
    isCut: start > 0 || shown.length < done.length,
    size,
  };
}

/** Where a page goes on that was at `from`: there, or nearer to the end if it is far behind. */
export async function catchUp(logs: LogStore, job: number, from: LogPosition): Promise<LogPosition> {
  const size = await logs.size({ job, execution: from.execution });
  return size - from.offset <= MOST_BEHIND_BYTES ? from : { ...from, offset: size - TAIL_BYTES };
}

async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Events for the page: lines as markup, made by the same code as the page itself, so that text is escaped in one place. */
export class HtmlSink implements LogSink {
  readonly #stream: EventStream;
  #renderer = new LogRenderer();
  /** Where the line begins that has no end yet: from there a page that lost its connection goes on. */
  #lineOffset = 0;

  /** How much was left out before the first piece; what is left of the line that was cut is thrown away. */
  #skippedBytes: number;

  constructor(stream: EventStream, skippedBytes = 0) {
    this.#stream = stream;
    this.#skippedBytes = skippedBytes;
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  onClose(listener: () => void): void {
    this.#stream.onClose(listener);
  }

  execution({ execution, offset }: LogPosition, record: { runner: string } | undefined): Promise<void> {
    this.#renderer = new LogRenderer();
    this.#lineOffset = offset;
    const data = { execution, runner: record?.runner ?? null };
    return this.#stream.send({ id: `${execution}:${offset}`, event: 'execution', data });
  }

  async piece(bytes: Buffer, position: LogPosition): Promise<void> {
    const { execution, offset } = position;
    const newline = bytes.lastIndexOf(0x0a);
    if (newline >= 0) this.#lineOffset = offset - (bytes.length - newline - 1);
    if (this.#skippedBytes === 0) return this.#send(bytes, execution);
    const first = bytes.indexOf(0x0a);
    if (first < 0) return;
    await this.#stream.send({ event: 'skip', data: { bytes: this.#skippedBytes } });
    this.#skippedBytes = 0;
    await this.#send(bytes.subarray(first + 1), execution);
  }

  end(): Promise<void> {
    return this.#stream.send({ event: 'end', data: {} });
  }

  #send(bytes: Buffer, execution: number): Promise<void> {
    const data = this.#renderer.push(bytes.toString('utf8'));
    return this.#stream.send({ id: `${execution}:${this.#lineOffset}`, data });
  }
}
