import type { ExecutionRecord, JobRecord } from '../store/job-record.ts';
import type { LogKey } from '../store/log-store.ts';
import type { WebContext } from './context.ts';
import { incompleteTail } from './utf8.ts';
import { Wakeup } from './wakeup.ts';

/** Most bytes that are given on at once. */
const PIECE_BYTES = 64 * 1_024;
/** How long the rest of a log is waited for after its execution is over, in milliseconds. */
const REST_MS = 5_000;

/** Where a follower begins. */
export interface LogPosition {
  /** 0: with the first execution there is. */
  readonly execution: number;
  /** In bytes. */
  readonly offset: number;
}

/** Takes a log as it grows. Each call is awaited before the next: a slow taker is never flooded. */
export interface LogSink {
  /** False: nobody listens any more. */
  readonly isOpen: boolean;
  onClose(listener: () => void): void;
  /** What follows is the log of this execution. */
  execution(position: LogPosition, record: ExecutionRecord | undefined): Promise<void>;
  /** A piece of the log, cut between characters where it is UTF-8; `position` is where it ends. */
  piece(bytes: Buffer, position: LogPosition): Promise<void>;
  /** There is nothing more to come. */
  end(position: LogPosition, job: JobRecord): Promise<void>;
}

/** What a follower needs. */
type FollowContext = Pick<WebContext, 'store' | 'logs' | 'hub' | 'clock'>;

/**
 * Gives the log of a job to `sink` as it grows, until the job is over or nobody listens. A job whose runner is lost is
 * followed into its next execution, unless `only` asks for the one of `start`.
 */
export async function followLog(
  context: FollowContext,
  job: number,
  start: LogPosition,
  only: boolean,
  sink: LogSink,
): Promise<void> {
  const follower = new Follower(context, job, start, sink);
  try {
    await follower.run(only);
  } finally {
    follower.close();
  }
}

class Follower {
  readonly #context: FollowContext;
  readonly #job: number;
  readonly #sink: LogSink;
  readonly #wakeup = new Wakeup();
  readonly #unsubscribe: () => void;
  #unlisten: () => void = () => {};
  #position: LogPosition;
  #restUntilMs: number | undefined;
  #isStale = true;

  constructor(context: FollowContext, job: number, start: LogPosition, sink: LogSink) {
    this.#context = context;
    this.#job = job;
    this.#position = start;
    this.#sink = sink;
    this.#unsubscribe = context.hub.subscribe((events) => {
      if (events.length > 0 && !events.some((event) => event.job === job)) return;
      this.#isStale = true;
      this.#wakeup.notify();
    });
    sink.onClose(() => this.#wakeup.notify());
  }

  close(): void {
    this.#unsubscribe();
    this.#unlisten();
  }

  async run(only: boolean): Promise<void> {
    let job = await this.#read();
    if (this.#position.execution > 0) await this.#begin(job, this.#position);
    while (this.#sink.isOpen && job !== undefined) {
      if (this.#isStale) job = await this.#read();
      if (job === undefined) return;
      if (this.#position.execution === 0 && job.execution > 0) await this.#begin(job, { execution: 1, offset: 0 });
      await this.#send(false);
      if (await this.#isOver(job)) {
        await this.#send(true);
        const { execution } = this.#position;
        if (only || (job.state === 'completed' && execution >= job.execution))
          return this.#sink.end(this.#position, job);
        if (job.execution > execution) {
          await this.#begin(job, { execution: execution + 1, offset: 0 });
          continue;
        }
      }
      await this.#wakeup.wait();
    }
  }

  #read(): Promise<JobRecord | undefined> {
    this.#isStale = false;
    return this.#context.store.job(this.#job);
  }

  async #begin(job: JobRecord | undefined, position: LogPosition): Promise<void> {
    this.#unlisten();
    this.#position = position;
    this.#restUntilMs = undefined;
    this.#unlisten = this.#context.logs.onChange(this.#key, () => this.#wakeup.notify());
    await this.#sink.execution(position, executionOf(job, position.execution));
  }

  get #key(): LogKey {
    return { job: this.#job, execution: this.#position.execution };
  }

  /** Is there nothing more to come of this execution? */
  async #isOver(job: JobRecord): Promise<boolean> {
    const { execution, offset } = this.#position;
    if (execution === 0) return job.state === 'completed';
    const record = executionOf(job, execution);
    if (record === undefined || record.outcome === null) return false;
    const size = await this.#context.logs.size(this.#key);
    if (offset + 3 < size) return false; // up to 3 bytes may be held back, as the beginning of a character
    if (size >= record.logBytes || (await this.#context.logs.isSealed(this.#key))) return true;
    return this.#hasWaitedForRest();
  }

  #hasWaitedForRest(): boolean {
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#restUntilMs === undefined) {
      this.#restUntilMs = nowMs + REST_MS;
      const stop = this.#context.clock.after(REST_MS, () => this.#wakeup.notify());
      this.#sink.onClose(stop);
    }
    return nowMs >= this.#restUntilMs;
  }

  /** Gives on what there is; what begins a character waits for its rest, unless `isLast`. */
  async #send(isLast: boolean): Promise<void> {
    const { execution, offset } = this.#position;
    if (execution === 0) return;
    const size = await this.#context.logs.size(this.#key);
    if (size <= offset) return;
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of await this.#context.logs.read(this.#key, offset, size)) {
      rest = await this.#sendPieces(Buffer.concat([rest, Buffer.from(chunk)]));
      if (!this.#sink.isOpen) return;
    }
    if (isLast && rest.length > 0) await this.#sendPiece(rest);
  }

  /** Sends all whole characters; returns what is left. */
  async #sendPieces(bytes: Buffer): Promise<Buffer> {
    let rest = bytes;
    while (rest.length > 0 && this.#sink.isOpen) {
      const piece = rest.subarray(0, PIECE_BYTES);
      const whole = piece.subarray(0, piece.length - incompleteTail(piece));
      if (whole.length === 0) break;
      await this.#sendPiece(whole);
      rest = rest.subarray(whole.length);
    }
    return rest;
  }

  async #sendPiece(bytes: Buffer): Promise<void> {
    this.#position = { execution: this.#position.execution, offset: this.#position.offset + bytes.length };
    await this.#sink.piece(bytes, this.#position);
  }
}

function executionOf(job: JobRecord | undefined, number: number): ExecutionRecord | undefined {
  return job?.executions.find((execution) => execution.number === number);
}
