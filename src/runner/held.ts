import type { ExecutionKey, ExecutionResult } from '../protocol/messages.ts';
import type { Execution } from './execution.ts';
import type { LogSink, LogSource, LogStream } from './log-stream.ts';
import type { StopReason } from './step-runner.ts';

/** What belongs to an execution that a runner holds: running, or finished and not acknowledged. */
export interface HeldParts {
  readonly key: ExecutionKey;
  readonly log: LogSource;
  readonly stream: LogStream;
  /** Keeps the result on disk. */
  save(result: ExecutionResult): Promise<void>;
  /** The dispatcher has it, or does not want it. */
  remove(): void;
  /** The runner stops; what is on disk stays there. */
  close(): void;
  /** It stops itself before its lease can be given away. */
  readonly isExclusive: boolean;
}

/** An execution that a runner holds. */
export class Held {
  readonly #parts: HeldParts;
  #execution: Execution | undefined;
  #stop: StopReason | undefined;
  #isRunning: boolean;
  #isDropped = false;
  /** Of its result. */
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: HeldParts, isRunning: boolean) {
    this.#parts = parts;
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
    if (this.#stop !== undefined) execution.stop(this.#stop);
  }

  stop(reason: StopReason): void {
    this.#stop ??= reason;
    this.#execution?.stop(reason);
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

  /**
   * It is over: the result is kept and sent. Neither waits for the other, since whoever has it first makes it last.
   * Rejects if it could not be kept.
   */
  async finish(result: ExecutionResult): Promise<void> {
    this.#saving = this.#parts.save(result);
    this.#isRunning = false;
    this.#parts.stream.finish(result);
    await this.#saving;
  }

  /** The dispatcher has it, or does not want it: nothing of it is kept. */
  forget(): void {
    this.#isRunning = false;
    this.#parts.stream.detach();
    const remove = () => this.#parts.remove();
    void this.#saving.then(remove, remove);
  }

  /** The runner stops; what is on disk stays there. */
  close(): void {
    this.#parts.stream.detach();
    this.#parts.close();
  }
}
