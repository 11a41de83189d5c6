import type { Request, Response } from 'express';
import type { Clock } from '../support/clock.ts';

/** Times of an event stream, in milliseconds. */
export interface EventStreamTimes {
  /** How often a comment shows that the connection lives. Default 15 000. */
  readonly keepAliveMs?: number;
  /** What shows it, for readers in a browser, who are not told of comments. */
  readonly keepAlive?: ServerEvent;
  /** A reader that takes nothing for so long is dropped; it can resume. Default 30 000. */
  readonly stallMs?: number;
}

/** One server-sent event. */
export interface ServerEvent {
  readonly id?: string | number;
  /** Name of the event; default: `message`. */
  readonly event?: string;
  /** Sent as JSON, on one line. Without it only the id is set, and no event is seen. */
  readonly data?: unknown;
}

/** An event as it is sent. */
export function eventText({ id, event, data }: ServerEvent): string {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}\n`]),
    ...(event === undefined ? [] : [`event: ${event}\n`]),
    ...(data === undefined ? [] : [`data: ${JSON.stringify(data)}\n`]),
  ];
  return `${lines.join('')}\n`;
}

/**
 * The answer to one reader of server-sent events. Nothing piles up for a slow reader: `send` is over when what it wrote
 * was taken, so that whoever sends goes at the reader's pace.
 */
export class EventStream {
  readonly #response: Response;
  readonly #clock: Clock;
  readonly #stallMs: number;
  #isWaiting = false;

  constructor(request: Request, response: Response, clock: Clock, times: EventStreamTimes = {}) {
    const { keepAliveMs = 15_000, stallMs = 30_000, keepAlive } = times;
    const alive = keepAlive === undefined ? ': alive\n\n' : eventText(keepAlive);
    this.#response = response;
    this.#clock = clock;
    this.#stallMs = stallMs;
    response.set({ 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    if (request.method === 'HEAD') response.end();
    const stop = clock.every(keepAliveMs, () => {
      if (this.isOpen && !this.#isWaiting) response.write(alive);
    });
    response.once('close', stop);
    if (response.destroyed) stop();
  }

  /** False once the reader is gone, or the server stops. */
  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  /** Calls `listener` once when the reader is gone or the server stops. */
  onClose(listener: () => void): void {
    if (this.isOpen) this.#response.once('close', listener);
    else listener();
  }

  /** Sends an event and waits until it was taken; does nothing once the stream is closed. */
  send(event: ServerEvent): Promise<void> {
    return this.sendText(eventText(event));
  }

  /** The same for events that are text already, see {@link eventText}. */
  async sendText(text: string | Buffer): Promise<void> {
    if (!this.isOpen || text.length === 0) return;
    if (!this.#response.write(text)) await this.#taken();
  }

  /** Ends the answer. */
  end(): void {
    if (this.isOpen) this.#response.end();
  }

  #taken(): Promise<void> {
    this.#isWaiting = true;
    return new Promise((resolve) => {
      const stop = this.#clock.after(this.#stallMs, () => this.#response.destroy());
      const done = () => {
        stop();
        this.#isWaiting = false;
        this.#response.off('drain', done).off('close', done);
        resolve();
      };
      this.#response.once('drain', done).once('close', done);
    });
  }
}
