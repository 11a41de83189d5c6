import type { ExecutionResult } from '../protocol/execution-result.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { Clock } from '../support/clock.ts';
import type { Execution } from './execution.ts';
import type { LogSink, LogSource, LogStream } from './log-stream.ts';
import type { StopReason } from './step-runner.ts';

/** What belongs to an execution that a runner holds: running, or finished and not acknowledged. */
export interface HeldParts {
  readonly key: ExecutionKey;
  readonly log: LogSource;
  readonly stream: LogStream;
  /** Keeps the result on disk, so that it outlives this process. Throws if it cannot be kept. */
  keep(result: ExecutionResult): void;
  /** Resolves when what was kept would survive a power cut. Never rejects. */
  settle(): Promise<void>;
  /** The dispatcher has it, or does not want it. */
  remove(): void;
  /** The runner stops; what is on disk stays there. */
  close(): void;
  /** It stops itself before its lease can be given away. */
  readonly isExclusive: boolean;
}

/**
 * How long a kept result waits for the dispatcher to have it, in milliseconds, before it is made to survive a power cut here:
 * one that has it by then has it for good, and spares this disk a flush for each job. If the machine loses its power within
 * that time the job is executed again, as are those that ran.
 */
const SETTLE_MS = 100;

/** An execution that a runner holds. */
export class Held {
  readonly #parts: HeldParts;
  #execution: Execution | undefined;
  #stop: StopReason | undefined;
  #isRunning: boolean;
  #isDropped = false;
  #isForced = false;
  readonly #clock: Clock;
  #cancelSettling = () => {};
  #settling: Promise<void> = Promise.resolve();

  constructor(parts: HeldParts, clock: Clock, isRunning: boolean) {
    this.#parts = parts;
    this.#clock = clock;
    this.#isRunning = isRunning;
  }

  get key(): ExecutionKey {
    return this.#parts.key;
  }

  get logBytes(): number {
    return this.#parts.log.bytes;
  }

  get isExclusive(): boolean {
    return this.#parts.isExclusive;
  }

  /** Does it have a slot, or did it once? */
  get hasBegun(): boolean {
    return this.#execution !== undefined || !this.#isRunning;
  }

  /** Is it not finished? */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Nobody wants its result. */
  get isDropped(): boolean {
    return this.#isDropped;
  }

  /** It has a slot and begins. */
  begin(execution: Execution): void {
    this.#execution = execution;
    if (this.#stop === undefined) return;
    if (this.#isDropped || this.#isForced) execution.kill(this.#stop);
    else execution.stop(this.#stop);
  }

  /** Ends it; `isForced`: without grace, and nothing of it goes on. */
  stop(reason: StopReason, isForced = false): void {
    this.#stop ??= reason;
    this.#isForced ||= isForced;
    if (isForced) this.#execution?.kill(reason);
    else this.#execution?.stop(reason);
  }

  /** Ends it at once; its result is not wanted. */
  drop(why: string): void {
    this.#isDropped = true;
    this.#stop ??= { conclusion: 'cancelled', reason: why };
    this.#execution?.kill(this.#stop);
  }

  /** Sends log and result from now on. */
  attach(sink: LogSink, offset: number): void {
    this.#parts.stream.attach(sink, offset);
  }

  detach(): void {
    this.#parts.stream.detach();
  }

  /** It is over: the result is kept and sent. Throws, after that, if it could not be kept. */
  finish(result: ExecutionResult): void {
    this.#isRunning = false;
    try {
      this.#parts.keep(result);
      this.#cancelSettling = this.#clock.after(SETTLE_MS, () => {
        this.#settling = this.#parts.settle();
      });
    } finally {
      this.#parts.stream.finish(result);
    }
  }

  /** The dispatcher has it, or does not want it: nothing of it is kept. */
  forget(): void {
    this.#isRunning = false;
    this.#parts.stream.detach();
    this.#cancelSettling();
    void this.#settling.then(() => this.#parts.remove());
  }

  /** The runner stops; what is on disk stays there. */
  close(): void {
    this.#cancelSettling();
    this.#parts.stream.detach();
    this.#parts.close();
  }
}
