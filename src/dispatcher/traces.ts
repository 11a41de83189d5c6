import { join } from 'node:path';
import type { ClaimedJob } from '../store/claim.ts';
import type { EventRecord } from '../store/event-record.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Logger } from '../support/logger.ts';
import type { Background } from './background.ts';
import { EventFollower } from './event-follower.ts';
import { SpanOutlet } from './span-outlet.ts';
import { traceIdsOf, traceParent } from './trace-ids.ts';
import { spansOf } from './trace-spans.ts';

/** What {@link Traces} needs. */
export interface TracesOptions {
  readonly home: string;
  /** Makes the ids those of this installation. */
  readonly token: string;
  /** Of an OpenTelemetry collector; null: no traces are made. */
  readonly endpoint: string | null;
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly background: Background;
}

/** Makes a trace of each attempt of a run when it is over, from the times that were kept, and tells jobs of theirs before. */
export class Traces implements Component {
  readonly #options: TracesOptions;
  readonly #outlet: SpanOutlet | undefined;
  readonly #follower: EventFollower | undefined;

  constructor(options: TracesOptions) {
    this.#options = options;
    const { endpoint, home } = options;
    if (endpoint === null) return;
    this.#outlet = new SpanOutlet({ ...options, endpoint });
    this.#follower = new EventFollower({
      ...options,
      cursorFile: join(home, 'traces.cursor'),
      begin: 'now', // a trace of long ago helps nobody
      what: 'make the traces of runs',
      take: async (events) => {
        for (const event of events) await this.#take(event);
      },
    });
  }

  /** Spans since the start, by what became of them; undefined where no traces are made. */
  get counts(): Readonly<Record<string, number>> | undefined {
    return this.#outlet?.counts;
  }

  async start(): Promise<void> {
    this.#outlet?.start();
    await this.#follower?.start();
  }

  async stop(): Promise<void> {
    await this.#follower?.stop();
    await this.#outlet?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The job as it is told to its runner: where traces are made, with `TRACEPARENT` for those of its own programs. */
  told(job: ClaimedJob): ClaimedJob {
    if (this.#outlet === undefined) return job;
    const ids = traceIdsOf(this.#options.token, job.run.id, job.run.attempt);
    const env = { TRACEPARENT: traceParent(ids, job.job, job.execution), ...job.spec.env };
    return { ...job, spec: { ...job.spec, env } };
  }

  async #take({ type, run }: EventRecord): Promise<void> {
    if (type !== 'run.completed' || run === null) return;
    const detail = await this.#options.store.run(run);
    // one that nothing was done for has no way to be seen
    if (detail === undefined || detail.jobs.every(({ executions }) => executions.length === 0)) return;
    const ids = traceIdsOf(this.#options.token, run, detail.run.attempt);
    this.#outlet?.add(ids.trace, spansOf(detail, ids));
  }
}
