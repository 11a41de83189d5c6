import type { ExecutionResult } from '../protocol/execution-result.ts';
import { type LogChunk, MAX_LOG_CHUNK_BYTES } from '../protocol/frame.ts';
import type { ToDispatcher } from '../protocol/to-dispatcher.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { Clock } from '../support/clock.ts';

/** Where a log is read from: its file. */
export interface LogSource {
  /** How long it is now, in bytes. */
  readonly bytes: number;
  /** Reads at `offset` into `buffer`; how many bytes. */
  read(offset: number, buffer: Buffer): Promise<number>;
}

/** As much of a connection as is needed here. */
export interface LogSink {
  readonly unsentBytes: number;
  readonly isClosed: boolean;
  send(message: ToDispatcher): void;
  sendLog(chunk: LogChunk): Promise<void>;
  /** Sends at once what was said. */
  flush(): void;
}

/** How long output may wait for more before it is sent, in milliseconds: one frame instead of ten, and nobody sees it. */
const GATHER_MS = 10;
/** Most bytes that wait in memory; what is more is read back from the file. */
const GATHER_BYTES = 64 * 1024;
/** Most bytes that may wait in the socket, so that a heartbeat never stands behind much. */
const UNSENT_BYTES = 1024 * 1024;

/**
 * Sends the log of one execution, and then its result, to whoever is connected; from where the dispatcher says when
 * there is a new connection. Output that comes while the wire keeps up is sent as it comes; otherwise from the file.
 */
export class LogStream {
  readonly #key: ExecutionKey;
  readonly #source: LogSource;
  readonly #clock: Clock;
  #sink: LogSink | undefined;
  #sentBytes = 0;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #stopGathering: (() => void) | undefined;
  #isCatchingUp = false;
  /** The file holds less than was written to it: somebody cut it. */
  #isCut = false;
  #result: ExecutionResult | undefined;

  constructor(key: ExecutionKey, source: LogSource, clock: Clock) {
    this.#key = { job: key.job, execution: key.execution };
    this.#source = source;
    this.#clock = clock;
  }

  /** There is a connection; everything before `offset` is on the dispatcher's disk. */
  attach(sink: LogSink, offset: number): void {
    this.detach();
    this.#sink = sink;
    this.#sentBytes = offset;
    this.#advance();
  }

  /** The connection is gone, or the stream is not needed any more. */
  detach(): void {
    this.#sink = undefined;
    this.#forget();
  }

  /** `bytes` were added to the end of the log; they are only lent. */
  appended(bytes: Buffer): void {
    if (this.#sink === undefined || this.#isCatchingUp) return;
    const isNext = this.#sentBytes + this.#gatheredBytes + bytes.length === this.#source.bytes;
    if (isNext && this.#gatheredBytes + bytes.length <= GATHER_BYTES) this.#gather(bytes);
    else this.#advance();
  }

  /** The execution is over, and its result is on disk: it follows the log. */
  finish(result: ExecutionResult): void {
    this.#result = result;
    this.#advance();
  }

  /** Sends what there is, or begins to. */
  #advance(): void {
    if (this.#sink === undefined || this.#isCatchingUp) return;
    if (this.#sink.unsentBytes < UNSENT_BYTES) this.#sendGathered(this.#sink);
    this.#forget();
    if (this.#sentBytes < this.#source.bytes && !this.#isCut) void this.#catchUp(this.#sink);
    else if (this.#result !== undefined) this.#sink.send({ type: 'finished', result: this.#asSent(this.#result) });
  }

  /** After a power cut the end of a log may be missing that the result speaks of; waiting for it would be in vain. */
  #asSent(result: ExecutionResult): ExecutionResult {
    const lost = result.logBytes - this.#sentBytes;
    if (lost === 0) return result;
    return { ...result, logBytes: this.#sentBytes, logBytesDropped: Math.max(0, result.logBytesDropped + lost) };
  }

  #gather(bytes: Buffer): void {
    this.#gathered.push(Buffer.from(bytes));
    this.#gatheredBytes += bytes.length;
    this.#stopGathering ??= this.#clock.after(GATHER_MS, () => this.#advance());
  }

  #sendGathered(sink: LogSink): void {
    if (this.#gatheredBytes === 0) return;
    void this.#send(sink, Buffer.concat(this.#gathered, this.#gatheredBytes));
  }

  #forget(): void {
    this.#stopGathering?.();
    this.#stopGathering = undefined;
    this.#gathered = [];
    this.#gatheredBytes = 0;
  }

  /** Reads back from the file until the end is reached; as fast as the wire takes it. */
  async #catchUp(sink: LogSink): Promise<void> {
    this.#isCatchingUp = true;
    while (sink === this.#sink && !sink.isClosed && this.#sentBytes < this.#source.bytes && !this.#isCut) {
      const buffer = Buffer.allocUnsafe(Math.min(MAX_LOG_CHUNK_BYTES, this.#source.bytes - this.#sentBytes));
      const size = await this.#source.read(this.#sentBytes, buffer).catch(() => 0);
      this.#isCut = size === 0;
      if (size > 0 && sink === this.#sink) await this.#send(sink, buffer.subarray(0, size));
    }
    this.#isCatchingUp = false;
    if (this.#sink !== undefined && !this.#sink.isClosed) this.#advance();
  }

  #send(sink: LogSink, bytes: Buffer): Promise<void> {
    const offset = this.#sentBytes;
    this.#sentBytes += bytes.length;
    return sink.sendLog({ ...this.#key, offset, bytes });
  }
}
