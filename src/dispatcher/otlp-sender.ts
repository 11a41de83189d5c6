import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { VERSION } from '../support/version.ts';
import type { Span } from './trace-spans.ts';

/** How long the collector may take, tries included, in milliseconds. */
const TIMEOUT_MS = 10_000;

type Exported = Parameters<OTLPTraceExporter['export']>[0][number];

/** Sends spans by OpenTelemetry's exporter; the promise is rejected where the collector does not take them. */
export function otlpSender(endpoint: string) {
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: TIMEOUT_MS });
  const resource = resourceFromAttributes({ 'service.name': 'signalbox', 'service.version': VERSION });
  return (batch: readonly { readonly trace: string; readonly span: Span }[]) =>
    new Promise<void>((resolve, reject) => {
      const spans = batch.map(({ trace, span }) => exportedOf(trace, span, resource));
      exporter.export(spans, ({ code, error }) => {
        if (code === 0) resolve();
        else reject(error ?? new Error('the collector did not take them'));
      });
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
