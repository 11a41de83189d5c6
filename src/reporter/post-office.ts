import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { LANE_TIMES, Lane, type LaneTimes } from './lane.ts';
import type { Sink } from './message.ts';
import type { Outbox } from './outbox.ts';

/** What the lanes need. */
export interface PostOfficeOptions {
  readonly outbox: Outbox;
  /** By kind: what stands before the first colon of `Message.sink`. */
  readonly sinks: ReadonlyMap<string, Sink>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times?: Partial<LaneTimes>;
  readonly random?: () => number;
  readonly onChange: () => void;
}

/** How often what is old is swept, in milliseconds. */
const SWEEP_MS = 3_600_000;

/** Brings what is in the outbox to its sinks: a lane for each. */
export class PostOffice {
  readonly #options: PostOfficeOptions;
  readonly #lanes = new Map<string, Lane>();
  #endSweeps: (() => void) | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: PostOfficeOptions) {
    this.#options = options;
  }

  /** Goes on with what waits. */
  async start(): Promise<void> {
    const { outbox, clock } = this.#options;
    await this.#sweep();
    this.#endSweeps = clock.every(SWEEP_MS, () => {
      this.#sweeping = this.#sweeping.then(() => this.#sweep());
    });
    await this.wake(await outbox.waitingSinks());
  }

  /** There is something new for these sinks. */
  async wake(sinks: readonly string[]): Promise<void> {
    for (const sink of sinks) {
      if (this.#isStopped) return;
      const lane = this.#lanes.get(sink);
      if (lane === undefined) await this.#open(sink).start();
      else lane.wake();
    }
  }

  /** Safe twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endSweeps?.();
    await this.#sweeping;
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  #open(sink: string): Lane {
    const { outbox, sinks, clock, logger, times, random, onChange } = this.#options;
    const target = sinks.get(sink.split(':', 1)[0] ?? sink);
    const lane = new Lane({
      ...{ sink, target, outbox, clock, logger, onChange, times: { ...LANE_TIMES, ...times } },
      ...(random === undefined ? {} : { random }),
    });
    this.#lanes.set(sink, lane);
    return lane;
  }

  async #sweep(): Promise<void> {
    const { outbox, clock, logger, onChange } = this.#options;
    try {
      const givenUp = await outbox.sweep(clock.now());
      if (givenUp === 0) return;
      logger.warn({ givenUp }, 'messages that could not be sent for too long were given up');
      onChange();
    } catch (error) {
      logger.error({ err: error }, 'the outbox could not be swept; it is tried again in an hour');
    }
  }
}
