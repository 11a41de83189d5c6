import { join } from 'node:path';
import * as z from 'zod';
import type { Api } from '../protocol/api.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Logger } from '../support/logger.ts';
import { VERSION } from '../support/version.ts';
import { Follower } from './follower.ts';
import type { LaneTimes } from './lane.ts';
import type { Sink, Teller } from './message.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';
import { PostOffice } from './post-office.ts';
import { summarize } from './summary.ts';

/** What the reporter needs. */
export interface ReporterOptions {
  /** Where `reporter.db` is. */
  readonly home: string;
  /** The server's API; asked at each connect, since it may have moved. */
  readonly api: () => Promise<Api>;
  readonly tellers: readonly Teller[];
  /** By kind: what stands before the first colon of `Message.sink`. */
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits?: Partial<OutboxLimits>;
  readonly times?: Partial<LaneTimes>;
  readonly random?: () => number;
  /** How soon people see a change, in milliseconds. Default 2 000. */
  readonly summaryMs?: number;
}

/** How often the server hears from the reporter at least, in milliseconds. */
const ALIVE_MS = 30_000;

/**
 * Tells people what happened: follows the server's events, makes messages of them, and brings those to forges, mail and chat.
 * It owns `reporter.db`, listens to nothing, and goes on from where it was however it ended.
 */
export class Reporter implements Component {
  readonly #options: ReporterOptions;
  readonly #startedAt: Date;
  #outbox: Outbox | undefined;
  #office: PostOffice | undefined;
  #follower: Follower | undefined;
  #timers: (() => void)[] = [];
  #soon: (() => void) | undefined;
  #telling: Promise<void> = Promise.resolve();
  #isConnected = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    this.#startedAt = options.clock.now();
  }

  /** Opens the outbox and begins; does not wait for the server. */
  async start(): Promise<void> {
    const { home, clock, limits = {}, times = {}, random, ...rest } = this.#options;
    const outbox = await Outbox.open(join(home, 'reporter.db'), limits);
    this.#outbox = outbox;
    const onChange = () => this.#changed();
    const { sinks, logger } = rest;
    const office = new PostOffice({
      ...{ outbox, sinks, clock, logger, times, onChange },
      ...(random === undefined ? {} : { random }),
    });
    this.#office = office;
    await office.start();
    this.#follower = new Follower({
      ...{ api: rest.api, tellers: rest.tellers, outbox, clock, logger },
      onConnected: () => {
        this.#isConnected = true;
        this.#tell();
      },
      onMessages: (sinks) => {
        office.wake(sinks).catch((error: unknown) => logger.error({ err: error }, 'a lane could not be opened'));
        this.#changed();
      },
    });
    await this.#follower.start();
    this.#timers.push(clock.every(ALIVE_MS, () => this.#tell()));
  }

  /** Stops; what waits is sent after the next start. */
  async stop(): Promise<void> {
    for (const end of this.#timers.splice(0)) end();
    this.#soon?.();
    await this.#follower?.stop();
    await this.#office?.stop();
    await this.#telling;
    await this.#outbox?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Something that people see has changed: they are told in a moment, of all that changes until then. */
  #changed(): void {
    if (this.#soon !== undefined) return;
    this.#soon = this.#options.clock.after(this.#options.summaryMs ?? 2_000, () => {
      this.#soon = undefined;
      this.#tell();
    });
  }

  #tell(): void {
    if (!this.#isConnected) return;
    this.#telling = this.#telling.then(() => this.#tellServer());
  }

  async #tellServer(): Promise<void> {
    if (this.#outbox === undefined) return;
    try {
      const summary = {
        ...{ version: VERSION, started_at: this.#startedAt.toISOString(), event: this.#follower?.cursor ?? null },
        ...(await summarize(this.#outbox)),
      };
      const api = await this.#options.api();
      await api.post('/api/reporter', summary, z.unknown());
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, 'the server could not be told how the outbox is');
    }
  }
}
