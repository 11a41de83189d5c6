import type { Socket } from 'node:net';
import type * as z from 'zod';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { BadFrameError, encodeJson, encodeLogHeader, FrameDecoder, type LogChunk } from './frame.ts';

/** What happens on a connection. `closed` comes exactly once, last. */
export interface ConnectionEvents<In> {
  message(message: In): void;
  log?(chunk: LogChunk): void;
  closed(why: string): void;
}

/** How a connection is made. */
export interface ConnectionOptions<In> {
  readonly clock: Clock;
  /** What the other side may say; anything else closes the connection. */
  readonly schema: z.ZodType<In>;
  readonly events: ConnectionEvents<In>;
  /** Silence of the other side after which the connection counts as dead, in milliseconds. Default 20 000. */
  readonly silenceMs?: number;
  /** How long what is said now may wait for more, in milliseconds. Default: 0, to the end of this turn of the event loop. */
  readonly mayWaitMs?: () => number;
}

/**
 * One end of a native connection: messages and log chunks out, checked messages and chunks in. TCP notices a dead link
 * only after minutes, so the side that hears nothing for `silenceMs` closes; both sides send heartbeats.
 */
export class Connection<Out, In> {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions<In>;
  readonly #decoder = new FrameDecoder();
  #why = 'the other side closed the connection';
  #isClosed = false;
  /** When what was said goes out; undefined: nothing waits for that. */
  #leaves: 'now' | 'later' | undefined;
  #cancelLeaving = () => {};
  #heardAtMs: number;

  constructor(socket: Socket, options: ConnectionOptions<In>) {
    this.#socket = socket;
    this.#options = options;
    this.#heardAtMs = options.clock.monotonicMs();
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
    socket.on('error', (error) => this.close(messageOf(error)));
    const silenceMs = options.silenceMs ?? 20_000;
    const stopWatching = options.clock.every(silenceMs / 4, () => {
      if (options.clock.monotonicMs() - this.#heardAtMs > silenceMs) this.close(`silence for ${silenceMs} ms`);
    });
    socket.on('close', () => {
      stopWatching();
      this.#cancelLeaving();
      this.#isClosed = true;
      options.events.closed(this.#why);
    });
  }

  /** Bytes that wait for the other side to take them; a sender of much looks here before it sends more. */
  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  get isClosed(): boolean {
    return this.#isClosed || this.#socket.destroyed;
  }

  /** Sends a control message; on a closed connection it does nothing. */
  send(message: Out): void {
    if (this.isClosed) return;
    this.#gather();
    this.#socket.write(encodeJson(message));
  }

  /** Sends log bytes; resolves when there is room for more. */
  async sendLog(chunk: LogChunk): Promise<void> {
    if (this.isClosed) return;
    this.#gather();
    this.#socket.write(encodeLogHeader(chunk));
    if (this.#socket.write(chunk.bytes)) return;
    this.flush();
    if (this.#socket.writableNeedDrain) await this.#drained();
  }

  /** Sends what was said so far at once: somebody waits for it. */
  flush(): void {
    if (this.#leaves === undefined) return;
    this.#leaves = undefined;
    this.#cancelLeaving();
    this.#socket.uncork();
  }

  /** Stops reading while `isPaused`: back-pressure towards a sender of logs. */
  pause(isPaused: boolean): void {
    if (isPaused) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Closes at once. */
  close(why: string): void {
    if (this.isClosed) return;
    this.#why = why;
    this.flush();
    this.#socket.destroy();
  }

  /** Closes after what was sent has gone out. */
  end(why: string): void {
    this.#why = why;
    this.flush();
    this.#socket.end(() => this.#socket.destroy());
  }

  /** Takes bytes that were read elsewhere (the first ones, by which the protocols are told apart). */
  receive(bytes: Buffer): void {
    this.#heardAtMs = this.#options.clock.monotonicMs();
    try {
      for (const frame of this.#decoder.push(bytes)) {
        if (this.isClosed) return;
        if (frame.kind === 'log') this.#options.events.log?.(frame.chunk);
        else this.#options.events.message(this.#parse(frame.value));
      }
    } catch (error) {
      if (!(error instanceof BadFrameError)) throw error;
      this.close(error.message);
    }
  }

  /** What is said in one moment goes out in one piece: a system call for each message is most of what it costs. */
  #gather(): void {
    const waitMs = this.#options.mayWaitMs?.() ?? 0;
    const isFirst = this.#leaves === undefined;
    if (isFirst) this.#socket.cork();
    if (waitMs === 0 && this.#leaves !== 'now') {
      this.#leaves = 'now';
      process.nextTick(() => this.flush());
    } else if (isFirst) {
      this.#leaves = 'later';
      this.#cancelLeaving = this.#options.clock.after(waitMs, () => this.flush());
    }
  }

  #parse(value: unknown): In {
    const parsed = this.#options.schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const [issue] = parsed.error.issues;
    throw new BadFrameError(`a message does not fit its schema at "${issue?.path.join('.')}": ${issue?.message}`);
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('drain', done);
      this.#socket.on('close', done);
    });
  }
}
