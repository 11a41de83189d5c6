import type { Request, RequestHandler, Response } from 'express';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What the answer to a delivery means, by its status. */
const DELIVERY_RESULTS: Readonly<Record<number, string>> = {
  200: 'known',
  202: 'accepted',
  401: 'unauthorized',
  413: 'too_large',
  429: 'too_many',
  503: 'unavailable',
};
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Counts requests by kind and never by path, so that nobody can fill the memory with names; and deliveries by answer. */
export function countRequests(registry: Registry): RequestHandler {
  const registers = [registry];
  const requests = new Counter({
    ...{ name: 'signalbox_http_requests_total', help: 'Requests that were answered.', registers },
    labelNames: ['kind', 'method', 'status'],
  });
  const durations = new Histogram({
    ...{ name: 'signalbox_http_request_duration_seconds', help: 'From a request to the end of its answer.', registers },
    ...{ labelNames: ['kind'], buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10] },
  });
  const deliveries = new Counter({
    ...{ name: 'signalbox_deliveries_total', help: 'Deliveries at POST /webhooks, by their answer.', registers },
    labelNames: ['result'],
  });
  const readers = new Gauge({
    ...{ name: 'signalbox_event_stream_readers', help: 'Open streams of server-sent events.', registers },
  });
  readers.set(0);
  return (request, response, next) => {
    const beganMs = performance.now();
    const leave = request.method === 'GET' ? onStream(response, readers) : () => false;
    response.once('close', () => {
      const isStream = leave();
      const kind = isStream ? 'stream' : kindOf(request);
      const status = `${Math.floor(response.statusCode / 100)}xx`;
      requests.inc({ kind, method: METHODS.has(request.method) ? request.method : 'other', status });
      if (!isStream) durations.observe({ kind }, (performance.now() - beganMs) / 1_000);
      if (kind === 'webhooks' && request.method === 'POST')
        deliveries.inc({ result: DELIVERY_RESULTS[response.statusCode] ?? 'refused' });
    });
    next();
  };
}

/** Counts the answer from its headers on, if it is a stream of events; what is returned ends that, and says if it was one. */
function onStream(response: Response, readers: Gauge): () => boolean {
  let isStream = false;
  const { flushHeaders } = response;
  // every stream of ours sends its headers before its first event
  response.flushHeaders = () => {
    if (!isStream && String(response.getHeader('content-type')).startsWith('text/event-stream')) {
      isStream = true;
      readers.inc();
    }
    flushHeaders.call(response);
  };
  return () => {
    if (isStream) readers.dec();
    return isStream;
  };
}

function kindOf({ originalUrl }: Request): string {
  const [path = ''] = originalUrl.split('?', 1);
  if (path.startsWith('/api/')) return 'api';
  if (path.startsWith('/assets/')) return 'asset';
  if (path === '/webhooks') return 'webhooks';
  if (path === '/healthz' || path === '/readyz' || path === '/metrics') return 'probe';
  return 'page';
}
