import { type Api, ApiError, UnreachableError } from '../protocol/api.ts';
import { type ApiEvent, eventSchema } from '../protocol/api-schema.ts';
import { backoffMs } from '../support/backoff.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { ApiFacts } from './api-facts.ts';
import { EventMemory } from './event-memory.ts';
import type { Body, Message, Teller } from './message.ts';
import type { Outbox } from './outbox.ts';

/** What following the events needs. */
export interface FollowerOptions {
  /** The server's API; asked at each connect, since it may have moved. */
  readonly api: () => Promise<Api>;
  readonly outbox: Outbox;
  readonly tellers: readonly Teller[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The stream of events stands. */
  readonly onConnected: () => void;
  /** Sinks have something new to send. */
  readonly onMessages: (sinks: readonly string[]) => void;
}

/** After so many events that concern nobody the cursor is written all the same. */
const CURSOR_EVERY = 100;

/**
 * Reads the server's events in order, from where it was, and puts what the tellers make of them into the outbox, in one
 * transaction with the cursor: an event is told once, or, where a crash comes between, again.
 */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #stopping = new AbortController();
  #following: Promise<void> | undefined;
  #cursor: number | undefined;
  #written: number | undefined;
  #complaint = '';

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** The newest event that was told. */
  get cursor(): number | undefined {
    return this.#cursor;
  }

  /** Begins to follow. */
  async start(): Promise<void> {
    this.#cursor = await this.#options.outbox.cursor();
    this.#written = this.#cursor;
    this.#following = this.#follow();
  }

  /** Fulfilled when the event that is being told is in the outbox, or will be told again. Safe twice. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#following;
    const { outbox, clock, logger } = this.#options;
    if (this.#cursor === undefined || this.#cursor === this.#written) return;
    // rules may be others at the next start, and what is over is none of their business
    await outbox
      .add(this.#cursor, [], clock.now())
      .catch((error) => logger.warn({ err: error }, 'the cursor cannot be written'));
    this.#written = this.#cursor;
  }

  async #follow(): Promise<void> {
    for (let tries = 0; !this.#stopping.signal.aborted; tries++) {
      try {
        await this.#read(() => {
          tries = 0;
          this.#complaint = '';
        });
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#complain(error);
      }
      await this.#pause(backoffMs(tries, { firstMs: 100, maxMs: 10_000 }));
    }
  }

  /** One connection, until it ends. */
  async #read(onEvent: () => void): Promise<void> {
    const { onConnected, logger } = this.#options;
    const api = await this.#options.api();
    const from = this.#cursor === undefined ? null : String(this.#cursor);
    let isFirst = true;
    for await (const { id, data } of api.events('/api/events', from, this.#stopping.signal)) {
      if (isFirst) {
        // where the server begins: with nothing written, the newest one; behind the end of its log, its end
        if (id !== null && Number(id) !== this.#cursor) await this.#moveTo(Number(id));
        isFirst = false;
        logger.info({ server: api.base, event: this.#cursor }, 'following the events of the server');
        onConnected();
      }
      if (data !== '') await this.#tell(eventSchema.parse(JSON.parse(data)), api);
      onEvent();
    }
  }

  async #tell(event: ApiEvent, api: Api): Promise<void> {
    const { tellers, outbox, clock } = this.#options;
    const concerned = tellers.filter((teller) => teller.concerns(event));
    const facts = new ApiFacts(api);
    const messages: Message[] = [];
    const notes = new Map<string, Body | null>();
    for (const teller of concerned) {
      const memory = new EventMemory(outbox, teller.name);
      messages.push(...(await this.#ask(teller, event, facts, memory)));
      for (const [name, value] of memory.changes) notes.set(name, value);
    }
    this.#cursor = event.id;
    if (messages.length + notes.size === 0 && event.id - (this.#written ?? 0) < CURSOR_EVERY) return;
    const sinks = await outbox.add(event.id, messages, clock.now(), notes);
    this.#written = event.id;
    if (sinks.length > 0) this.#options.onMessages(sinks);
  }

  /** What a teller makes of an event. @throws what tells that the server is not there: the event is told later. */
  async #ask(teller: Teller, event: ApiEvent, facts: ApiFacts, memory: EventMemory): Promise<readonly Message[]> {
    try {
      return await teller.tell(event, facts, memory);
    } catch (error) {
      if (error instanceof UnreachableError || (error instanceof ApiError && error.status >= 429)) throw error;
      memory.changes.clear();
      const told = error instanceof CiError ? { error: error.message } : { err: error };
      this.#options.logger.error({ teller: teller.name, event: event.id, ...told }, 'an event could not be told');
      return [];
    }
  }

  async #moveTo(event: number): Promise<void> {
    const { outbox, clock, logger } = this.#options;
    if (this.#cursor !== undefined)
      logger.warn(
        { from: this.#cursor, to: event },
        'the server has another log of events than before; following that',
      );
    await outbox.add(event, [], clock.now());
    this.#cursor = event;
    this.#written = event;
  }

  #complain(error: unknown): void {
    const why = messageOf(error);
    if (why === this.#complaint) return;
    this.#complaint = why;
    const { logger } = this.#options;
    if (error instanceof CiError)
      logger.warn({ why }, 'the events of the server cannot be followed; it is tried again');
    else logger.error({ err: error }, 'the events of the server cannot be followed; it is tried again');
  }

  #pause(ms: number): Promise<void> {
    const { signal } = this.#stopping;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = this.#options.clock.after(ms, end);
      signal.addEventListener('abort', end);
    });
  }
}
