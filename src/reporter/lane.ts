import { backoffMs } from '../support/backoff.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { GiveUpError, RetryLaterError, type Sink, SinkDownError } from './message.ts';
import type { Outbox } from './outbox.ts';
import type { Due } from './outbox-rows.ts';

/** Times of a lane, in milliseconds. */
export interface LaneTimes {
  /** Bound on one try. Default 60 000. */
  readonly sendMs: number;
  /** First and longest wait of a sink that is down, and of a message that is tried again. Default 1 000 and 3 600 000. */
  readonly firstWaitMs: number;
  readonly maxWaitMs: number;
  /** Between two messages while many wait, and after the sink was down. Default 1 000. */
  readonly paceMs: number;
}

/** Where nothing else is said. */
export const LANE_TIMES: LaneTimes = Object.freeze({
  sendMs: 60_000,
  firstWaitMs: 1_000,
  maxWaitMs: 3_600_000,
  paceMs: 1_000,
});

/** Above so many that wait there is no hurry. */
const CROWD = 30;
/** So many failures in a row, of whichever messages, and the sink is taken to be down. */
const FAILURES = 5;
/** Longest wait that another side can ask for, in milliseconds: a day. */
const MAX_ASKED_MS = 86_400_000;

/** What a lane needs. */
export interface LaneOptions {
  /** `Message.sink`. */
  readonly sink: string;
  /** Undefined: nothing of this kind is configured any more. */
  readonly target: Sink | undefined;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly times: LaneTimes;
  /** Random number in [0, 1); passed in by tests. */
  readonly random?: () => number;
  /** What people see of the sink has changed. */
  readonly onChange: () => void;
}

/**
 * The messages of one sink on their way out, one at a time, the oldest first. While the sink is down one message is tried now
 * and then; when it is back they go out at a pace, not in a storm. One lane never waits for another.
 */
export class Lane {
  readonly #options: LaneOptions;
  readonly #stopping = new AbortController();
  #turn: Promise<void> | undefined;
  #isWoken = false;
  #timer: (() => void) | undefined;
  #failures = 0;
  #retryAt = 0;
  #isRecovering = false;
  #lastTriedAt = Number.NEGATIVE_INFINITY;
  #complaint = '';

  constructor(options: LaneOptions) {
    this.#options = options;
  }

  /** Takes up what is known of the sink, and begins. */
  async start(): Promise<void> {
    const { outbox, sink } = this.#options;
    const health = await outbox.health(sink);
    this.#failures = health.failures;
    this.#isRecovering = health.failures > 0;
    // a person who has put something right starts the reporter again: only what the other side asked for still holds
    this.#retryAt = health.is_asked === 1 ? (health.retry_at ?? 0) : 0;
    this.wake();
  }

  /** There may be something to send. */
  wake(): void {
    if (this.#stopping.signal.aborted) return;
    this.#isWoken = true;
    this.#turn ??= this.#work().finally(() => {
      this.#turn = undefined;
      if (this.#isWoken) this.wake();
    });
  }

  /** Fulfilled when nothing is under way; what was under way is tried again at the next start. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#timer?.();
    while (this.#turn !== undefined) await this.#turn;
  }

  async #work(): Promise<void> {
    const { outbox, sink, clock, logger } = this.#options;
    try {
      while (!this.#stopping.signal.aborted) {
        this.#isWoken = false;
        if (!this.#isTime(this.#retryAt)) return;
        const due = await outbox.next(sink, clock.now(), CROWD);
        if (due === undefined) return await this.#rest();
        const isPaced = this.#isRecovering || due.isCrowded;
        if (isPaced && !this.#isTime(this.#lastTriedAt + this.#options.times.paceMs)) return;
        await this.#send(due);
      }
    } catch (error) {
      // the outbox itself: its disk is full, or it is broken; what was sent and not noted is sent again, with its key
      logger.error({ sink, error: messageOf(error) }, 'the outbox cannot be read or written; it is tried again');
      this.#sleepUntil(+clock.now() + this.#options.times.paceMs * 5);
    }
  }

  /** Is it time? If not, sleeps until it is. */
  #isTime(at: number): boolean {
    if (at <= +this.#options.clock.now()) return true;
    this.#sleepUntil(at);
    return false;
  }

  /** Nothing is due: sleeps until something is. */
  async #rest(): Promise<void> {
    const { outbox, sink } = this.#options;
    this.#isRecovering = false;
    const at = await outbox.nextDue(sink);
    if (at !== undefined) this.#sleepUntil(+at);
  }

  #sleepUntil(at: number): void {
    const { clock } = this.#options;
    this.#timer?.();
    if (this.#stopping.signal.aborted) return;
    // an hour at most: a wall clock that jumped must not make it sleep for a year
    const ms = Math.min(Math.max(at - +clock.now(), 0), 3_600_000);
    this.#timer = clock.after(ms, () => this.wake());
  }

  async #send(due: Due): Promise<void> {
    const { outbox, sink, clock, logger, onChange } = this.#options;
    this.#lastTriedAt = +clock.now();
    try {
      await this.#deliver(due);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      await this.#failed(due, error);
      onChange();
      return;
    }
    await outbox.sent(sink, due.seqs, clock.now());
    if (this.#complaint !== '') logger.info({ sink }, 'the sink takes messages again');
    this.#isRecovering ||= this.#retryAt > 0;
    this.#failures = 0;
    this.#retryAt = 0;
    this.#complaint = '';
    onChange();
  }

  /** One try, with its bound. */
  async #deliver({ key, attempts, composedAt, body, more }: Due): Promise<void> {
    const { target, sink, clock, times } = this.#options;
    if (target === undefined)
      throw new SinkDownError(`nothing is configured for ${sink} any more`, { afterMs: times.maxWaitMs });
    const timeout = new AbortController();
    const signal = AbortSignal.any([timeout.signal, this.#stopping.signal]);
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      const words = `it did not answer within ${Math.round(times.sendMs / 1_000)} s`;
      signal.addEventListener('abort', () => reject(new SinkDownError(words)), { once: true });
    });
    const cancel = clock.after(times.sendMs, () => timeout.abort());
    try {
      const sending = { sink, key, attempt: attempts + 1, composedAt, more, signal };
      await Promise.race([target.send(body, sending), aborted]);
    } finally {
      cancel();
      aborted.catch(() => {});
    }
  }

  async #failed(due: Due, error: unknown): Promise<void> {
    const { outbox, sink, clock, logger } = this.#options;
    const why = messageOf(error);
    const at = clock.now();
    if (!(error instanceof CiError)) logger.error({ sink, err: error }, 'a sink failed in a way that it does not know');
    if (error instanceof GiveUpError) {
      logger.warn({ sink, key: due.key, error: why }, 'a message is given up');
      return outbox.giveUp(sink, due.seqs, why, at);
    }
    const isDown = error instanceof SinkDownError;
    const retry = error instanceof RetryLaterError ? error : undefined;
    if (+at - +due.createdAt >= (retry?.giveUpAfterMs ?? outbox.limits.maxAgeMs)) {
      logger.warn({ sink, key: due.key, error: why }, 'a message is given up, it is too old');
      return outbox.giveUp(sink, due.seqs, why, at);
    }
    const asked = isDown ? error.afterMs : retry?.afterMs;
    // a message whose sink is down keeps its place; one that is refused for now lets others pass
    const dueAt = isDown ? undefined : new Date(+at + this.#waitMs(due.attempts, asked));
    await outbox.postpone(due.seqs, why, dueAt);
    if (retry?.isSinkWell !== true) await this.#isFailing(why, isDown, asked);
  }

  async #isFailing(why: string, isDown: boolean, askedMs: number | undefined): Promise<void> {
    const { outbox, sink, clock, logger } = this.#options;
    const at = clock.now();
    const isShut = isDown || this.#failures + 1 >= FAILURES;
    const waitMs = this.#waitMs(
      Math.max(0, this.#failures - (isDown ? 0 : FAILURES - 1)),
      isDown ? askedMs : undefined,
    );
    this.#failures++;
    if (isShut) this.#retryAt = +at + waitMs;
    const retry = isShut ? { at: new Date(this.#retryAt), isAsked: askedMs !== undefined } : undefined;
    await outbox.failing(sink, why, retry, at);
    if (why !== this.#complaint)
      logger.warn({ sink, error: why, ...(isShut ? { retryInMs: waitMs } : {}) }, 'messages cannot be sent now');
    this.#complaint = why;
  }

  #waitMs(failures: number, askedMs = 0): number {
    const { times, random } = this.#options;
    const { firstWaitMs: firstMs, maxWaitMs: maxMs } = times;
    const own = backoffMs(failures, { firstMs, maxMs, ...(random === undefined ? {} : { random }) });
    return Math.max(own, Math.min(askedMs, MAX_ASKED_MS));
  }
}
