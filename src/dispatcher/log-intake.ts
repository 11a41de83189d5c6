import type { LogChunk } from '../protocol/frame.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { LogStore } from '../store/log-store.ts';
import { SMALL_LOG_BYTES } from '../store/small-logs.ts';
import type { Clock } from '../support/clock.ts';
import type { Background } from './background.ts';
import { keyOf } from './leases.ts';

/** Where a log comes from. */
export interface LogSender {
  /** Tells how much of a log is on our disk. */
  logStored(key: ExecutionKey, bytes: number): void;
  /** Bytes that it sent and that are not on the disk yet became more (or fewer) by this. */
  logBacklog(bytes: number): void;
  /** The connection has to be made again, so that the log goes on from where it is on our disk. */
  resumeLogs(why: string): void;
}

interface Piece {
  readonly chunk: LogChunk;
  readonly sender: LogSender;
}

interface Stream {
  readonly key: ExecutionKey;
  pieces: Piece[];
  /** Ends the wait for more pieces; undefined when nothing is waited for. */
  cancelWait: (() => void) | undefined;
  writing: Promise<void> | undefined;
  /** What could not be written because the disk is full; what comes after it is not kept. */
  stalled: Piece | undefined;
  /** How much there is, once something was written; undefined before that. */
  size: number | undefined;
  /** How much there will be when what is being written is on the disk; undefined when nothing is. */
  coming: number | undefined;
}

/** Most bytes that are written at once. */
const BATCH_BYTES = 1024 * 1024;
/**
 * How long the beginning of a log may wait, in milliseconds, for more of it, or for its end: most jobs print some lines and
 * are over, and then their log shares the transaction of their result.
 */
const GATHER_MS = 20;

/**
 * Log chunks on their way to the disk: in order per log, those that arrive while one is being written together. When
 * the disk is full the log stops here and goes on later from what is on the disk; the runner has all of it in its spool.
 */
export class LogIntake {
  readonly #logs: LogStore;
  readonly #clock: Clock;
  readonly #background: Background;
  readonly #streams = new Map<string, Stream>();

  constructor({ logs, clock, background }: { logs: LogStore; clock: Clock; background: Background }) {
    this.#logs = logs;
    this.#clock = clock;
    this.#background = background;
  }

  /** Takes a chunk of a log that this sender may write. */
  take(chunk: LogChunk, sender: LogSender): void {
    const stream = this.#streamOf(chunk);
    if (stream.stalled !== undefined) return;
    const mayWait = chunk.offset <= endOf(stream) && chunk.offset + chunk.bytes.length <= SMALL_LOG_BYTES;
    stream.pieces.push({ chunk, sender });
    sender.logBacklog(chunk.bytes.length);
    if (stream.writing !== undefined) return;
    if (!mayWait) this.#begin(stream);
    else stream.cancelWait ??= this.#clock.after(GATHER_MS, () => this.#begin(stream));
  }

  /** Waits until what was taken is on the disk (or cannot be put there); the bytes of the log. */
  async settled(key: ExecutionKey): Promise<number> {
    const stream = this.#streams.get(nameOf(key));
    if (stream !== undefined) this.#begin(stream);
    await stream?.writing;
    return stream?.size ?? this.#logs.size(keyOf(key));
  }

  /**
   * Is the end of this log, `logBytes` long and small enough for a row of the store, being stored, or does that begin
   * now? Then whatever the store is asked for next is stored after it, or together with it.
   */
  isComing({ job, execution, logBytes }: ExecutionKey & { readonly logBytes: number }): boolean {
    const stream = this.#streams.get(nameOf({ job, execution }));
    if (stream === undefined || stream.stalled !== undefined || logBytes > SMALL_LOG_BYTES) return false;
    if (stream.writing === undefined && stream.pieces.length > 0) this.#begin(stream, logBytes);
    return stream.pieces.length === 0 && stream.coming === logBytes;
  }

  /** Is there no room on the disk for more of it? */
  isStalled(key: ExecutionKey): boolean {
    return this.#streams.get(nameOf(key))?.stalled !== undefined;
  }

  /** The sender is a new one: where it has to go on, in bytes. */
  async resumeAt(key: ExecutionKey): Promise<number> {
    const stream = this.#streams.get(nameOf(key));
    if (stream !== undefined) this.#begin(stream);
    await stream?.writing;
    this.#streams.delete(nameOf(key));
    return this.#logs.size(keyOf(key));
  }

  /** The execution is over, however it ended: its log is complete. */
  end(key: ExecutionKey): void {
    const stream = this.#streams.get(nameOf(key));
    if (stream !== undefined) this.#begin(stream); // what came belongs to it, though nobody says that it is all
    this.#streams.delete(nameOf(key));
    this.#background.run('seal a log', () => this.#logs.seal(keyOf(key)));
  }

  /** Begins to write all that waits for more. */
  flush(): void {
    for (const stream of this.#streams.values()) this.#begin(stream);
  }

  /** Tries again what did not fit on the disk. */
  retry(): void {
    for (const stream of this.#streams.values()) {
      const { stalled } = stream;
      if (stalled !== undefined) this.#background.run('go on with a log', () => this.#unstall(stream, stalled));
    }
  }

  async #unstall(stream: Stream, { chunk, sender }: Piece): Promise<void> {
    stream.size = await this.#logs.append(stream.key, chunk.offset, chunk.bytes);
    if (this.#streams.get(nameOf(stream.key)) !== stream) return; // a new sender goes on already
    stream.stalled = undefined;
    this.#background.wrote();
    sender.resumeLogs('there was no room for the log, and now there is');
  }

  /** Begins to write what waits; `end`: where the log ends, if that is known. */
  #begin(stream: Stream, end?: number): void {
    stream.cancelWait?.();
    stream.cancelWait = undefined;
    if (stream.writing !== undefined || stream.pieces.length === 0) return;
    stream.writing = this.#write(stream, end).finally(() => {
      stream.writing = undefined;
    });
  }

  async #write(stream: Stream, end?: number): Promise<void> {
    while (stream.pieces.length > 0) {
      const batch = takeBatch(stream.pieces);
      const [first] = batch;
      if (first === undefined) return;
      await this.#writeBatch(stream, first, batch, end);
      for (const { chunk, sender } of batch) sender.logBacklog(-chunk.bytes.length);
    }
  }

  async #writeBatch(stream: Stream, first: Piece, batch: readonly Piece[], end?: number): Promise<void> {
    const { offset } = first.chunk;
    const bytes = batch.length === 1 ? first.chunk.bytes : Buffer.concat(batch.map(({ chunk }) => chunk.bytes));
    const isLast = offset + bytes.length === end;
    try {
      stream.coming = offset <= (stream.size ?? 0) ? offset + bytes.length : undefined;
      stream.size = await this.#logs.append(stream.key, offset, bytes, isLast).finally(() => {
        stream.coming = undefined;
      });
      if (this.#streams.get(nameOf(stream.key)) !== stream) return; // the execution ended meanwhile
      if (stream.size < offset) return this.#resume(stream, first, `log bytes from ${stream.size} on are missing`);
      first.sender.logStored(stream.key, stream.size);
    } catch (error) {
      this.#background.report('write a log', error);
      this.#drop(stream);
      stream.stalled = first;
    }
  }

  #resume(stream: Stream, { sender }: Piece, why: string): void {
    this.#drop(stream);
    sender.resumeLogs(why);
  }

  #drop(stream: Stream): void {
    for (const { chunk, sender } of stream.pieces) sender.logBacklog(-chunk.bytes.length);
    stream.pieces = [];
    stream.cancelWait?.();
    stream.cancelWait = undefined;
  }

  #streamOf(key: ExecutionKey): Stream {
    const known = this.#streams.get(nameOf(key));
    if (known !== undefined) return known;
    const stream = {
      key: keyOf(key),
      pieces: [],
      cancelWait: undefined,
      writing: undefined,
      stalled: undefined,
      size: undefined,
      coming: undefined,
    };
    this.#streams.set(nameOf(key), stream);
    return stream;
  }
}

/** Where the log will end when everything that came is written. */
function endOf({ pieces, size = 0 }: Stream): number {
  const last = pieces.at(-1)?.chunk;
  return last === undefined ? size : last.offset + last.bytes.length;
}

/** The longest run of pieces that follow one another, from one sender, up to {@link BATCH_BYTES}. */
function takeBatch(pieces: Piece[]): Piece[] {
  const [first] = pieces;
  if (first === undefined) return [];
  let bytes = first.chunk.bytes.length;
  let count = 1;
  for (let next = pieces[count]; next !== undefined && bytes < BATCH_BYTES; next = pieces[count]) {
    if (next.sender !== first.sender || next.chunk.offset !== first.chunk.offset + bytes) break;
    bytes += next.chunk.bytes.length;
    count += 1;
  }
  return pieces.splice(0, count);
}

function nameOf({ job, execution }: ExecutionKey): string {
  return `${job} ${execution}`;
}
