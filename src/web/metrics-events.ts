import { Counter, Histogram, type Registry } from 'prom-client';
import type { EventRecord } from '../store/event-record.ts';
import type { Store } from '../store/store.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { Names } from './metrics-names.ts';
import { NewsReader } from './news-reader.ts';

/** Repositories that have lines of their own. */
const REPOSITORIES = 200;
/** Jobs, and runs, under way whose times are remembered; those of older ones are not measured. */
const REMEMBERED = 50_000;
/** Events that are read at once. */
const BATCH = 500;

const SECONDS = [0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1_800, 3_600, 10_800];
const SHORT_SECONDS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];

/** When a job came into the queue, and when it began. */
interface Times {
  readonly queuedAt: Date | undefined;
  readonly startedAt: Date | undefined;
}

/** Who told of a commit, and since when its verdict is waited for. */
interface Awaited {
  readonly trigger: string;
  readonly committedAt: Date;
  readonly receivedAt: Date;
}

/**
 * Counts what happens from the event log, as everybody else who tells people of it: nothing that works has to know. What
 * happened before the start is not counted; counters begin at 0, as Prometheus expects.
 */
export class EventMetrics {
  readonly #store: Store;
  readonly #news: NewsReader;
  readonly #metrics: ReturnType<typeof makeMetrics>;
  readonly #repositories = new Names(REPOSITORIES);
  readonly #jobs = new Map<number, Times>();
  /** Runs that have begun and that somebody waits for. */
  readonly #awaited = new Map<number, Awaited>();
  readonly #ends: (() => void)[];
  #cursor: number | undefined;

  constructor(registry: Registry, store: Store, logger: Logger) {
    this.#store = store;
    this.#metrics = makeMetrics(registry);
    const { commits } = this.#metrics;
    this.#news = new NewsReader(
      () => this.#readOnce(),
      (error) => this.#ends.length > 0 && logger.warn({ error: messageOf(error) }, 'metrics could not read the events'),
    );
    this.#ends = [store.onEvents(() => this.#news.wake()), store.onCommit((ms) => commits.observe(ms / 1_000))];
    this.#news.wake();
  }

  close(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  async #readOnce(): Promise<void> {
    this.#cursor ??= await this.#store.lastEvent();
    if (this.#ends.length === 0) return;
    const events = await this.#store.events(this.#cursor, BATCH);
    for (const event of events) await this.#count(event);
    this.#cursor = events.at(-1)?.id ?? this.#cursor;
    if (events.length === BATCH) this.#news.wake();
  }

  async #count(event: EventRecord): Promise<void> {
    const { type, job, run, repository } = event;
    const { runs, lost, retried, stale } = this.#metrics;
    if (job !== null) this.#countJob(event, job);
    if (type === 'run.started' && run !== null) await this.#countStart(run);
    else if (type === 'run.completed') {
      runs.inc({ repository: this.#repositories.of(repository ?? ''), conclusion: conclusionOf(event) });
      if (run !== null) this.#countVerdict(run, event);
    } else if (type === 'job.lost') lost.inc();
    else if (type === 'job.retried') retried.inc();
    else if (type === 'execution.stale') stale.inc();
  }

  #countJob({ type, at, data }: EventRecord, job: number): void {
    const times = this.#jobs.get(job);
    const { waits, durations, jobs } = this.#metrics;
    const conclusion = String(data.conclusion);
    if (type === 'job.queued') remember(this.#jobs, job, { queuedAt: at, startedAt: undefined });
    else if (type === 'job.leased' && times?.queuedAt !== undefined) waits.observe(seconds(times.queuedAt, at));
    else if (type === 'job.started') remember(this.#jobs, job, { queuedAt: times?.queuedAt, startedAt: at });
    else if (type === 'job.finished') {
      jobs.inc({ conclusion });
      if (times?.startedAt !== undefined) durations.observe({ conclusion }, seconds(times.startedAt, at));
      this.#jobs.delete(job);
    }
  }

  /** What waits for the one who commits. A rerun, or a plan, is no answer to a commit. */
  async #countStart(run: number): Promise<void> {
    const times = await this.#store.runTimes(run);
    if (times?.startedAt == null || times.attempt > 1) return;
    const { trigger, committedAt, receivedAt, startedAt } = times;
    if (!['webhook', 'hook', 'watch', 'poll'].includes(trigger)) return;
    this.#metrics.fromCommit.observe({ trigger }, seconds(committedAt, startedAt));
    this.#metrics.fromReceipt.observe({ trigger }, seconds(receivedAt, startedAt));
    remember(this.#awaited, run, { trigger, committedAt, receivedAt });
  }

  /** The end of a first attempt that a push made and that something was executed for. */
  #countVerdict(run: number, event: EventRecord): void {
    const awaited = this.#awaited.get(run);
    if (awaited === undefined) return;
    this.#awaited.delete(run);
    const { trigger, committedAt, receivedAt } = awaited;
    const conclusion = conclusionOf(event);
    this.#metrics.commitToVerdict.observe({ trigger, conclusion }, seconds(committedAt, event.at));
    this.#metrics.receiptToVerdict.observe({ trigger, conclusion }, seconds(receivedAt, event.at));
  }
}

/** The oldest ones are forgotten. */
function remember<T>(known: Map<number, T>, id: number, value: T): void {
  known.set(id, value);
  const [oldest] = known.keys();
  if (known.size > REMEMBERED && oldest !== undefined) known.delete(oldest);
}

function conclusionOf({ data }: EventRecord): string {
  return String(data.conclusion);
}

function seconds(from: Date, to: Date): number {
  return Math.max(0, (+to - +from) / 1_000);
}

function makeMetrics(registry: Registry) {
  const registers = [registry];
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name: `signalbox_${name}_total`, help, labelNames, registers });
  const histogram = (name: string, help: string, buckets: number[], ...labelNames: string[]) =>
    new Histogram({ name: `signalbox_${name}_seconds`, help, buckets, labelNames, registers });
  return {
    runs: counter('runs', 'Runs that were completed.', 'repository', 'conclusion'),
    jobs: counter('jobs', 'Jobs that were completed.', 'conclusion'),
    lost: counter('executions_lost', 'Executions whose runner was lost, or came back without them.'),
    retried: counter('jobs_retried', 'Jobs that failed and were executed again by themselves.'),
    stale: counter('results_stale', 'Results that came too late and changed nothing.'),
    waits: histogram('job_wait', 'From the queue to a runner.', SHORT_SECONDS),
    durations: histogram('job_duration', 'From the first process of a job to its end.', SECONDS, 'conclusion'),
    fromCommit: histogram(
      'commit_to_start',
      'From a commit to the first process of its run.',
      SHORT_SECONDS,
      'trigger',
    ),
    fromReceipt: histogram('received_to_start', 'From the first news of a commit to that.', SHORT_SECONDS, 'trigger'),
    commitToVerdict: histogram(
      'commit_to_verdict',
      'From a commit to the verdict of its run.',
      SECONDS,
      ...['trigger', 'conclusion'],
    ),
    receiptToVerdict: histogram(
      'received_to_verdict',
      'From the first news of a commit to that.',
      SECONDS,
      ...['trigger', 'conclusion'],
    ),
    commits: histogram('database_commit', 'COMMITs of the database.', [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3]),
  };
}
