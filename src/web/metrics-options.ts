import type { RunnerStatus } from '../model/pool.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';

/** What waits to be told to people, of one kind of receiver (`forge`, `mail` …). */
export interface OutboxLoad {
  readonly sink: string;
  readonly waiting: number;
  /** Since when the oldest one waits; null: none does. */
  readonly oldestAt: Date | null;
}

/** What a server has that can be measured; what is missing is not in the answer. */
export interface MetricsOptions {
  readonly home: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The dispatcher's; it is followed from now on. */
  readonly store?: Store;
  readonly runners?: () => readonly RunnerStatus[];
  /** Leases that were over before their runner came back, since the start. */
  readonly leaseExpiries?: () => number;
  /** Deliveries that are on the disk and not processed. */
  readonly deliveriesWaiting?: () => number;
  readonly outboxes?: () => readonly OutboxLoad[];
  /** What retention removed since the start, by kind. */
  readonly removed?: () => Readonly<Record<string, number>>;
  /** Spans of traces since the start, by what became of them. */
  readonly spans?: () => Readonly<Record<string, number>>;
}
