import type { LogChunk } from '../protocol/frame.ts';
import type { ExecutionKey } from '../protocol/messages.ts';
import type { LogStore } from '../store/log-store.ts';
import { SMALL_LOG_BYTES } from '../store/small-logs.ts';
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
 * Log chunks on their way to the disk: in order per log, those that arrive while one is being written together. When
 * the disk is full the log stops here and goes on later from what is on the disk; the runner has all of it in its spool.
 */
export class LogIntake {
  readonly #logs: LogStore;
  readonly #background: Background;
  readonly #streams = new Map<string, Stream>();

  constructor({ logs, background }: { logs: LogStore; background: Background }) {
    this.#logs = logs;
    this.#background = background;
  }

  /** Takes a chunk of a log that this sender may write. */
  take(chunk: LogChunk, sender: LogSender): void {
    const stream = this.#streamOf(chunk);
    if (stream.stalled !== undefined) return;
    stream.pieces.push({ chunk, sender });
    sender.logBacklog(chunk.bytes.length);
    if (stream.writing !== undefined) return;
    stream.writing = this.#write(stream).finally(() => {
      stream.writing = undefined;
    });
  }

  /** Waits until what was taken is on the disk (or cannot be put there); the bytes of the log. */
  async settled(key: ExecutionKey): Promise<number> {
    const stream = this.#streams.get(nameOf(key));
    await stream?.writing;
    return stream?.size ?? this.#logs.size(keyOf(key));
  }

  /**
   * Is the end of this log, `bytes` long and small enough for a row of the store, being stored right now? Then whatever
   * the store is asked for next is stored after it, or together with it.
   */
  isComing({ job, execution, logBytes }: ExecutionKey & { readonly logBytes: number }): boolean {
    const stream = this.#streams.get(nameOf({ job, execution }));
    if (stream === undefined || stream.stalled !== undefined || stream.pieces.length > 0) return false;
    return stream.coming === logBytes && logBytes <= SMALL_LOG_BYTES;
  }

  /** Is there no room on the disk for more of it? */
  isStalled(key: ExecutionKey): boolean {
    return this.#streams.get(nameOf(key))?.stalled !== undefined;
  }

  /** The sender is a new one: where it has to go on, in bytes. */
  async resumeAt(key: ExecutionKey): Promise<number> {
    const stream = this.#streams.get(nameOf(key));
    await stream?.writing;
    this.#streams.delete(nameOf(key));
    return this.#logs.size(keyOf(key));
  }

  /** The execution is over, however it ended: its log is complete. */
  end(key: ExecutionKey): void {
    this.#streams.delete(nameOf(key));
    this.#background.run('seal a log', () => this.#logs.seal(keyOf(key)));
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

  async #write(stream: Stream): Promise<void> {
    while (stream.pieces.length > 0) {
      const batch = takeBatch(stream.pieces);
      const [first] = batch;
      if (first === undefined) return;
      await this.#writeBatch(stream, first, batch);
      for (const { chunk, sender } of batch) sender.logBacklog(-chunk.bytes.length);
    }
  }

  async #writeBatch(stream: Stream, first: Piece, batch: readonly Piece[]): Promise<void> {
    const { offset } = first.chunk;
    const bytes = batch.length === 1 ? first.chunk.bytes : Buffer.concat(batch.map(({ chunk }) => chunk.bytes));
    try {
      stream.coming = offset <= (stream.size ?? 0) ? offset + bytes.length : undefined;
      stream.size = await this.#logs.append(stream.key, offset, bytes).finally(() => {
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
  }

  #streamOf(key: ExecutionKey): Stream {
    const known = this.#streams.get(nameOf(key));
    if (known !== undefined) return known;
    const stream = {
      key: keyOf(key),
      pieces: [],
      writing: undefined,
      stalled: undefined,
      size: undefined,
      coming: undefined,
    };
    this.#streams.set(nameOf(key), stream);
    return stream;
  }
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
