import type { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { Clock } from '../support/clock.ts';
import type { Logger } from '../support/logger.ts';
import { VERSION } from '../support/version.ts';
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
/** How long the collector may take, tries included, in milliseconds. */
const TIMEOUT_MS = 10_000;

type Exported = Parameters<OTLPTraceExporter['export']>[0][number];

/** Sends spans to a collector over OTLP, in batches. Nobody waits for it: what it cannot deliver is dropped, and counted. */
export class SpanOutlet {
  readonly #options: SpanOutletOptions;
  readonly counts = { exported: 0, dropped: 0 };
  #waiting: { readonly trace: string; readonly span: Span }[] = [];
  #sender: Promise<(batch: readonly { trace: string; span: Span }[]) => Promise<boolean>> | undefined;
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
    this.#sender ??= openSender(this.#options.endpoint);
    const isTaken = await (await this.#sender)(batch).catch(() => false);
    if (!isTaken) {
      const rest = this.#isStopped ? this.#waiting.splice(0) : [];
      return this.#drop(batch.length + rest.length, 'the collector did not take them');
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

/** OpenTelemetry's exporter; loaded when there is something to send, since it takes its time. */
async function openSender(endpoint: string) {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS });
  const resource = resourceFromAttributes({ 'service.name': 'signalbox', 'service.version': VERSION });
  return (batch: readonly { trace: string; span: Span }[]) =>
    new Promise<boolean>((resolve) => {
      const spans = batch.map(({ trace, span }) => exportedOf(trace, span, resource));
      exporter.export(spans, ({ code }) => resolve(code === 0));
    });
}

/** OTLP's numbers: an internal span; its status unset, or an error. */
const INTERNAL = 0;
const [UNSET, ERROR] = [0, 2];

function exportedOf(trace: string, span: Span, resource: Exported['resource']): Exported {
  const context = (spanId: string) => ({ traceId: trace, spanId, traceFlags: 1 });
  const { name, start, end, attributes, error, parent } = span;
  return {
    ...{ name, kind: INTERNAL, resource, links: [], events: [], ended: true, attributes: { ...attributes } },
    spanContext: () => context(span.id),
    ...(parent === undefined ? {} : { parentSpanContext: context(parent) }),
    ...{ startTime: instant(+start), endTime: instant(+end), duration: instant(+end - +start) },
    status: error === undefined ? { code: UNSET } : { code: ERROR, message: error },
    instrumentationScope: { name: 'signalbox', version: VERSION },
    ...{ droppedAttributesCount: 0, droppedEventsCount: 0, droppedLinksCount: 0 },
  };
}

/** Seconds and nanoseconds. */
function instant(ms: number): [number, number] {
  return [Math.floor(ms / 1_000), Math.round(ms % 1_000) * 1_000_000];
}
