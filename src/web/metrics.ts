import { statfs } from 'node:fs/promises';
import { type RequestHandler, Router } from 'express';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Clock } from '../support/clock.ts';
import { VERSION } from '../support/version.ts';
import { EventMetrics } from './metrics-events.ts';
import { countRequests } from './metrics-http.ts';
import type { MetricsOptions } from './metrics-options.ts';
import { watchProcesses } from './metrics-processes.ts';
import { serverGauges } from './metrics-server.ts';

/** How long an answer is good, in milliseconds: asking often costs nothing. */
const FRESH_MS = 1_000;

/** `/metrics` of one process, in a registry of its own. Names and labels are those of docs/metrics.md. */
export class Metrics {
  readonly registry = new Registry();
  /** Counts what is asked, to be put before all routes. */
  readonly requests: RequestHandler;
  readonly #clock: Clock;
  readonly #look: () => Promise<void>;
  readonly #ends: (() => void)[] = [];
  #last: { readonly atMs: number; readonly text: Promise<string> } | undefined;
  #isMeasuringProcess = false;

  constructor(options: MetricsOptions) {
    const { registry } = this;
    this.#clock = options.clock;
    this.requests = countRequests(registry);
    this.#ends.push(watchProcesses(registry));
    const info = new Gauge({
      ...{ name: 'signalbox_info', help: 'Always 1; the version is its label.' },
      ...{ labelNames: ['version'], registers: [registry] },
    });
    info.set({ version: VERSION }, 1);
    diskGauge(registry, options.home);
    this.#look = serverGauges(registry, options);
    if (options.store !== undefined) {
      const events = new EventMetrics(registry, options.store, options.logger);
      this.#ends.push(() => events.close());
    }
  }

  /** Follows nothing any more. Safe twice. */
  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** `GET /metrics`. */
  routes(): Router {
    const router = Router({ caseSensitive: true, strict: true });
    router.get('/metrics', async (_request, response) => {
      response.type(this.registry.contentType).send(await this.text());
    });
    return router;
  }

  /** All metrics in Prometheus' text format; the same ones within a second. */
  text(): Promise<string> {
    // what measures the process wakes it up by timers: only where somebody looks
    if (!this.#isMeasuringProcess) collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 20 });
    this.#isMeasuringProcess = true;
    const atMs = this.#clock.monotonicMs();
    if (this.#last === undefined || atMs - this.#last.atMs >= FRESH_MS)
      this.#last = { atMs, text: this.#look().then(() => this.registry.metrics()) };
    return this.#last.text;
  }
}

function diskGauge(registry: Registry, home: string): void {
  new Gauge({
    name: 'signalbox_disk_free_bytes',
    help: 'Free space of the disk with the home folder, as others than root can use it.',
    registers: [registry],
    async collect() {
      const found = await statfs(home).catch(() => undefined);
      if (found !== undefined) this.set(found.bavail * found.bsize);
    },
  });
}
