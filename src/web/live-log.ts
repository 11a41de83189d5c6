import type { RequestHandler } from 'express';
import * as z from 'zod';
import type { Clock } from '../support/clock.ts';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { EventStream } from './event-stream.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { followLog, type LogPosition, type LogSink } from './log-follow.ts';
import type { LogReaders } from './log-readers.ts';

/** A page that is further behind gets the newest lines only, and asks for the others where somebody looks. */
const MOST_LINES = 1_000;
/** Twenty paints a second are more than anybody sees. */
const PAUSE_MS = 50;

const querySchema = z.strictObject({
  execution: numberSchema(1, 1_000_000),
  /** The first line, from 1, that the page does not have, or has only the beginning of. */
  from: numberSchema(1, 1_000_000_000),
});

/** `GET /live/jobs/:id/log?execution=&from=`: how many lines a log has, and the new ones, while it grows. */
export function liveLog(context: WebContext): RequestHandler {
  return async (request, response) => {
    const query = parse(querySchema, request.query);
    const job = await context.store.job(parse(idSchema, request.params.id));
    if (job === undefined || query.execution > job.execution)
      throw new HttpError(404, 'E_NOT_FOUND', `there is no such execution of job ${request.params.id}`);
    const { execution } = query;
    const last = /^(\d{1,10})$/.exec(request.get('Last-Event-ID') ?? '');
    const stream = new EventStream(request, response, context.clock);
    const from = last === null ? query.from : Number(last[1]);
    const sink = new LinesSink({
      stream,
      readers: context.logReaders,
      clock: context.clock,
      job: job.id,
      execution,
      from,
    });
    // only what comes from now on: what is there already is told by number
    const offset = Math.max(0, (await context.logs.size({ job: job.id, execution })) - 1);
    await followLog(context, job.id, { execution, offset }, true, sink);
    stream.end();
  };
}

/** Tells a page of new lines, some times a second at most. */
class LinesSink implements LogSink {
  readonly #stream: EventStream;
  readonly #readers: LogReaders;
  readonly #clock: Clock;
  readonly #key: { readonly job: number; readonly execution: number };
  #from: number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #stopWaiting: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();

  constructor(
    options: { readonly stream: EventStream; readonly readers: LogReaders; readonly clock: Clock } & {
      readonly job: number;
      readonly execution: number;
      readonly from: number;
    },
  ) {
    this.#stream = options.stream;
    this.#readers = options.readers;
    this.#clock = options.clock;
    this.#key = { job: options.job, execution: options.execution };
    this.#from = options.from;
    this.#stream.onClose(() => this.#stopWaiting?.());
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  onClose(listener: () => void): void {
    this.#stream.onClose(listener);
  }

  execution(): Promise<void> {
    return this.#send();
  }

  async piece(): Promise<void> {
    const waitMs = this.#lastMs + PAUSE_MS - this.#clock.monotonicMs();
    if (waitMs <= 0) return this.#send();
    this.#stopWaiting ??= this.#clock.after(waitMs, () => void this.#send());
  }

  async end(_position: LogPosition): Promise<void> {
    await this.#send();
    await this.#stream.send({ event: 'end', data: {} });
  }

  /** One after the other, so that no line is told twice or left out. */
  #send(): Promise<void> {
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
    this.#lastMs = this.#clock.monotonicMs();
    this.#sending = this.#sending.then(() => this.#sendNew()).catch(() => this.#stream.end());
    return this.#sending;
  }

  async #sendNew(): Promise<void> {
    if (!this.#stream.isOpen) return;
    const { total } = await this.#readers.lines(this.#key, -1, 1);
    const from = Math.max(this.#from, total - MOST_LINES + 1);
    const { lines, total: newest } = await this.#readers.lines(this.#key, from, MOST_LINES);
    if (lines.length === 0) return;
    // the last line may go on
    this.#from = from + lines.length - 1;
    await this.#stream.send({ id: String(this.#from), data: { total: newest, lines } });
  }
}
