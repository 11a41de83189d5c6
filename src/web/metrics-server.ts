import { Counter, Gauge, type Registry } from 'prom-client';
import { type RunnerStatus, takesJobs } from '../model/pool.ts';
import type { Store } from '../store/store.ts';
import { Names } from './metrics-names.ts';
import type { MetricsOptions } from './metrics-options.ts';

/** Sets of labels that have a line of their own. */
const LABEL_SETS = 50;

/** What is so at the moment; to be looked at anew, by what is returned, before each answer. */
export function serverGauges(registry: Registry, options: MetricsOptions): () => Promise<void> {
  const { store, runners, clock, deliveriesWaiting, outboxes } = options;
  const now = () => clock.now();
  const looks = [
    ...(store === undefined ? [] : [queueGauges(registry, store, now)]),
    ...(runners === undefined ? [] : [runnerGauges(registry, runners)]),
    ...(deliveriesWaiting === undefined ? [] : [deliveriesGauge(registry, deliveriesWaiting)]),
    ...(outboxes === undefined ? [] : [outboxGauges(registry, outboxes, now)]),
  ];
  counts(registry, options);
  return async () => {
    for (const look of looks) await look();
  };
}

type Look = () => void | Promise<void>;

function gauge(registry: Registry, name: string, help: string, ...labelNames: string[]): Gauge {
  return new Gauge({ name: `signalbox_${name}`, help, labelNames, registers: [registry] });
}

function queueGauges(registry: Registry, store: Store, now: () => Date): Look {
  const sets = new Names(LABEL_SETS);
  const waiting = gauge(registry, 'queue_jobs', 'Jobs that wait for a runner.', 'labels');
  const oldest = gauge(registry, 'queue_oldest_seconds', 'How long the oldest job in the queue waits.', 'labels');
  const blocked = gauge(registry, 'jobs_blocked', 'Jobs that wait for other jobs, a turn or a person.');
  return async () => {
    const loads = await store.queueLoad();
    for (const each of [waiting, oldest]) each.reset();
    blocked.set(loads.find(({ labels }) => labels === null)?.jobs ?? 0);
    for (const { labels, jobs, oldestAt } of loads) {
      if (labels === null) continue;
      const label = { labels: sets.of(labels.join(',')) };
      waiting.inc(label, jobs);
      oldest.set(label, secondsSince(oldestAt, now()));
    }
  };
}

function runnerGauges(registry: Registry, runners: () => readonly RunnerStatus[]): Look {
  const connected = gauge(registry, 'runners', 'Runners that are connected or expected back.', 'state');
  const slots = gauge(registry, 'slots', 'Slots of the connected runners.', 'state');
  return () => {
    const states: Record<RunnerStatus['state'], number> = { idle: 0, busy: 0, draining: 0, drained: 0, lost: 0 };
    let [busy, free] = [0, 0];
    for (const runner of runners()) {
      states[runner.state] += 1;
      if (runner.state === 'lost') continue;
      busy += runner.executions.length;
      if (takesJobs(runner)) free += Math.max(0, runner.slots - runner.executions.length);
    }
    for (const [state, count] of Object.entries(states)) connected.set({ state }, count);
    slots.set({ state: 'busy' }, busy);
    slots.set({ state: 'free' }, free);
  };
}

function deliveriesGauge(registry: Registry, deliveriesWaiting: () => number): Look {
  const waiting = gauge(registry, 'deliveries_waiting', 'Deliveries that are on the disk and not processed.');
  return () => waiting.set(deliveriesWaiting());
}

function outboxGauges(registry: Registry, outboxes: NonNullable<MetricsOptions['outboxes']>, now: () => Date): Look {
  const sinks = new Names(LABEL_SETS);
  const waiting = gauge(registry, 'outbox_waiting', 'Messages that wait to be told.', 'sink');
  const oldest = gauge(registry, 'outbox_oldest_seconds', 'How long the oldest message waits to be told.', 'sink');
  return () => {
    for (const each of [waiting, oldest]) each.reset();
    for (const outbox of outboxes()) {
      const label = { sink: sinks.of(outbox.sink) };
      waiting.inc(label, outbox.waiting);
      oldest.set(label, secondsSince(outbox.oldestAt, now()));
    }
  };
}

function secondsSince(at: Date | null, now: Date): number {
  return at === null ? 0 : Math.max(0, (+now - +at) / 1_000);
}

/** Counters that others keep. */
function counts(registry: Registry, { leaseExpiries, removed, spans }: MetricsOptions): void {
  const expiries = 'Leases that were over before their runner came back.';
  if (leaseExpiries !== undefined)
    follow(registry, 'signalbox_lease_expiries_total', expiries, [], () => [[{}, leaseExpiries()]]);
  if (removed !== undefined)
    follow(registry, 'signalbox_retention_removed_total', 'What retention removed.', ['kind'], () =>
      Object.entries(removed()).map(([kind, count]) => [{ kind }, count]),
    );
  if (spans !== undefined)
    follow(registry, 'signalbox_trace_spans_total', 'Spans of traces, by what became of them.', ['result'], () =>
      Object.entries(spans()).map(([result, count]) => [{ result }, count]),
    );
}

type Count = readonly [labels: Readonly<Record<string, string>>, total: number];

/** A counter that shows what somebody else has counted. */
function follow(registry: Registry, name: string, help: string, labelNames: string[], read: () => Count[]): void {
  new Counter({
    ...{ name, help, labelNames, registers: [registry] },
    collect() {
      this.reset();
      for (const [labels, total] of read()) this.inc(labels, total);
    },
  });
}
