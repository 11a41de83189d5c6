import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import type { Span } from './trace-spans.ts';

/** What {@link SpanOutlet} needs. */
export interface SpanOutletOptions {
  /** Of the collector: `http://127.0.0.1:4318`; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long spans are collected, in milliseconds. Default 2 000. */
  readonly everyMs?: number;
}

/** Spans that wait at most; of those beyond, the oldest are dropped. */
const WAITING = 10_000;
/** Spans of one request. */
const BATCH = 512;

/** A span that waits, of this trace. */
interface Waiting {
  readonly trace: string;
  readonly span: Span;
}

/** Sends spans to a collector over OTLP, in batches. Nobody waits for it: what it cannot deliver is dropped, and counted. */
export class SpanOutlet {
  readonly #options: SpanOutletOptions;
  readonly counts = { exported: 0, dropped: 0 };
  #waiting: Waiting[] = [];
  #send: ((batch: readonly Waiting[]) => Promise<void>) | undefined;
  #isSending = false;
  #hasFailed = false;
  #isStopped = false;
  #cancel = () => {};

  constructor(options: SpanOutletOptions) {
    this.#options = options;
  }

  /** Begins to send now and then. */
  start(): void {
    const { clock, everyMs = 2_000 } = this.#options;
    this.#cancel = clock.every(everyMs, () => void this.flush());
  }

  /** The spans of one trace. */
  add(trace: string, spans: readonly Span[]): void {
    this.#waiting.push(...spans.map((span) => ({ trace, span })));
    const beyond = this.#waiting.length - WAITING;
    if (beyond > 0) this.#drop(this.#waiting.splice(0, beyond).length, 'more came than could be sent');
  }

  /** Sends what waits; over when it was taken or given up. */
  async flush(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#waiting.length > 0) await this.#sendSome();
    } finally {
      this.#isSending = false;
    }
  }

  /** Tries once more to send what waits; with the first batch that is not taken the rest goes. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.flush();
  }

  async #sendSome(): Promise<void> {
    const batch = this.#waiting.splice(0, BATCH);
    try {
      // loaded when there is something to send, since it takes its time
      this.#send ??= (await import('./otlp-sender.ts')).otlpSender(this.#options.endpoint);
      await this.#send(batch);
    } catch (error) {
      const rest = this.#isStopped ? this.#waiting.splice(0) : [];
      return this.#drop(batch.length + rest.length, messageOf(error));
    }
    this.counts.exported += batch.length;
    if (this.#hasFailed) this.#options.logger.info('the collector takes traces again');
    this.#hasFailed = false;
  }

  #drop(count: number, why: string): void {
    this.counts.dropped += count;
    const { endpoint, logger } = this.#options;
    if (!this.#hasFailed) logger.warn({ endpoint, dropped: count }, `spans of traces are dropped: ${why}`);
    this.#hasFailed = true;
  }
}
