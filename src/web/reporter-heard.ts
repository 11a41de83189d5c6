import type { ReporterSummary } from '../protocol/reporter-summary.ts';
import type { OutboxLoad } from './metrics-options.ts';

/** What the reporter said of itself last. In memory: it says it again when it connects. */
export class ReporterHeard {
  last: { readonly at: Date; readonly summary: ReporterSummary } | undefined;

  /** What waits to be told, by kind of receiver (`mail`, `slack` …); targets are not for metrics, since there may be many. */
  outboxes(): readonly OutboxLoad[] {
    const loads = new Map<string, { sink: string; waiting: number; oldestAt: Date | null }>();
    for (const { sink: name, waiting, waiting_since } of this.last?.summary.sinks ?? []) {
      const sink = /^[a-z][a-z0-9_-]*/i.exec(name)?.[0] ?? 'other';
      const load = loads.get(sink) ?? { sink, waiting: 0, oldestAt: null };
      const since = waiting_since === null ? null : new Date(waiting_since);
      const isOlder = since !== null && (load.oldestAt === null || since < load.oldestAt);
      loads.set(sink, { sink, waiting: load.waiting + waiting, oldestAt: isOlder ? since : load.oldestAt });
    }
    return [...loads.values()];
  }
}
