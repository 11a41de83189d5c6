import type PQueue from 'p-queue';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { SourceUnavailableError } from './source-view.ts';

/** What a poller needs. */
export interface PollerOptions {
  /** Between two looks, in milliseconds; a tenth more or less at random. */
  readonly intervalMs: number;
  /** Longest wait while the source cannot be reached. */
  readonly maxMs: number;
  readonly clock: Clock;
  /** Bounds how many look at the same time. */
  readonly turns: PQueue;
  /** Looks once. `isFull`: without asking whether something can have changed. */
  readonly look: (isFull: boolean) => Promise<void>;
  /** The source can be read (undefined) or not (why); called when that changes. */
  readonly onState: (why: string | undefined) => void;
}

/** However little seems to happen, all refs are read so often, in milliseconds. */
const FULL_MS = 10 * 60_000;

/** Looks again and again. One look at a time; those that fail come later and later, until one succeeds. */
export class Poller {
  readonly #options: PollerOptions;
  #failures = 0;
  #why: string | undefined = '';
  #fullAtMs = Number.NEGATIVE_INFINITY;
  #isStopped = false;
  #isLooking = false;
  #isWanted = false;
  #cancel: () => void = () => {};
  #looking: Promise<void> = Promise.resolve();

  constructor(options: PollerOptions) {
    this.#options = options;
  }

  /** Looks at once, then at each interval. */
  start(): void {
    this.now();
  }

  /** Looks now, whatever was planned; once more, if a look is under way. */
  now(): void {
    if (this.#isStopped) return;
    this.#cancel();
    this.#isWanted = true;
    if (!this.#isLooking) this.#looking = this.#options.turns.add(() => this.#lookWhileWanted());
  }

  /** Waits for the look that is under way; there is none after it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#looking;
  }

  async #lookWhileWanted(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      await this.#look();
    }
    this.#isLooking = false;
    if (!this.#isStopped) this.#cancel = this.#options.clock.after(this.#waitMs(), () => this.now());
  }

  async #look(): Promise<void> {
    const { clock, look } = this.#options;
    const isFull = clock.monotonicMs() - this.#fullAtMs >= FULL_MS;
    try {
      await look(isFull || this.#failures > 0);
      if (isFull) this.#fullAtMs = clock.monotonicMs();
      this.#failures = 0;
      this.#tell(undefined);
    } catch (error) {
      this.#failures++;
      this.#fullAtMs = Number.NEGATIVE_INFINITY;
      if (error instanceof SourceUnavailableError) this.#tell(messageOf(error));
    }
  }

  #waitMs(): number {
    const { intervalMs, maxMs } = this.#options;
    if (this.#failures === 0) return intervalMs * (0.9 + 0.2 * Math.random());
    const isOwnFault = this.#why === undefined; // the source is well, our own endpoint is not: soon
    return backoffMs(
      this.#failures - 1,
      isOwnFault ? { firstMs: 200, maxMs: intervalMs } : { firstMs: 2 * intervalMs, maxMs },
    );
  }

  #tell(why: string | undefined): void {
    if (this.#why === why) return;
    this.#why = why;
    this.#options.onState(why);
  }
}
