import type { JobRecord, StepRecord } from '../store/job-record.ts';
import type { LogKey, LogStore } from '../store/log-store.ts';
import { LogLineIndex } from './log-line-index.ts';
import { type LogLine, readLines } from './log-lines.ts';
import { type LogGroup, LogOutliner, openingIn } from './log-outline.ts';
import { type LogHits, searchLog } from './log-search.ts';

/** Logs of which it is remembered where their lines are. */
const REMEMBERED = 64;
/** Searches through whole logs at the same time: more would take both cores from the jobs. */
const MOST_SEARCHES = 2;

/** A step of a job and where its output is. */
export interface StepLines {
  readonly index: number;
  /** Of its first line, counted from 1. */
  readonly line: number;
}

/** All that a page wants to know of a log besides its lines. */
export interface LogFacts {
  readonly lines: number;
  readonly bytes: number;
  /** Nothing comes after this. */
  readonly isComplete: boolean;
  readonly steps: readonly StepLines[];
  readonly groups: readonly LogGroup[];
  readonly failures: readonly number[];
  readonly firstFailure: number | null;
}

interface Known {
  readonly index: LogLineIndex;
  readonly outliner: LogOutliner;
}

/** Reads logs by lines, for the page; remembers what it found out of those that were asked for last. */
export class LogReaders {
  readonly #logs: LogStore;
  readonly #known = new Map<string, Known>();
  #searches = 0;

  constructor(logs: LogStore) {
    this.#logs = logs;
  }

  /** Up to `count` lines from line `from`, counted from 1; a negative one counts from the end: -1 is the last line. */
  async lines(
    key: LogKey,
    from: number,
    count: number,
  ): Promise<{ readonly lines: readonly LogLine[]; readonly total: number; readonly bytes: number }> {
    const { index } = await this.#of(key);
    const total = await this.#totalOf(key, index);
    const first = from < 0 ? Math.max(0, total + from) : from - 1;
    const times = await this.#logs.times(key);
    const lines = await readLines({ logs: this.#logs, key, index, times }, first, count);
    return { lines, total, bytes: index.bytes };
  }

  /** What stands out in a log; the whole of it is looked through for that. */
  async facts(job: JobRecord, execution: number): Promise<LogFacts> {
    const key = { job: job.id, execution };
    const { index, outliner } = await this.#of(key);
    await outliner.refresh();
    const { groups, failures } = outliner.outline;
    const steps = await this.#steps(job, execution, index);
    return {
      ...{ lines: await this.#totalOf(key, index), bytes: index.bytes, steps, groups, failures },
      isComplete: await this.#logs.isSealed(key),
      firstFailure: (await this.openingLine(job, execution)) ?? null,
    };
  }

  /** The line at which to open the log of a job that failed: the first one of the failed step that says so, or the last that it wrote. */
  async openingLine(job: JobRecord, execution: number): Promise<number | undefined> {
    const failed = failedStep(job);
    if (failed === undefined || execution !== job.execution) return undefined;
    const key = { job: job.id, execution };
    const { index } = await this.#of(key);
    const start = failed.logOffset;
    const next = job.steps.filter(({ logOffset, index: at }) => at > failed.index && logOffset > start);
    const end = Math.min(index.bytes, ...next.map(({ logOffset }) => logOffset));
    return (await index.lineAt(await openingIn(this.#logs, { key, start, end }))) + 1;
  }

  /** Undefined: too many look through logs already. */
  async search(key: LogKey, query: string, isAborted: () => boolean): Promise<LogHits | undefined> {
    if (this.#searches >= MOST_SEARCHES) return undefined;
    this.#searches += 1;
    try {
      return await searchLog(this.#logs, key, query, isAborted);
    } finally {
      this.#searches -= 1;
    }
  }

  async #steps(job: JobRecord, execution: number, index: LogLineIndex): Promise<StepLines[]> {
    if (execution !== job.execution) return [];
    const began = job.steps.filter(({ startedAt }) => startedAt !== null);
    const lines: StepLines[] = [];
    for (const step of began) lines.push({ index: step.index, line: (await index.lineAt(step.logOffset)) + 1 });
    return lines;
  }

  /** Lines of the log, a last one without an end included. */
  async #totalOf(key: LogKey, index: LogLineIndex): Promise<number> {
    const last = index.bytes === 0 ? true : await this.#endsWithNewline(key, index.bytes);
    return index.lineEnds + (last ? 0 : 1);
  }

  async #endsWithNewline(key: LogKey, bytes: number): Promise<boolean> {
    for await (const chunk of await this.#logs.read(key, bytes - 1, bytes)) return (chunk as Buffer)[0] === 10;
    return true;
  }

  async #of(key: LogKey): Promise<Known> {
    const name = `${key.job} ${key.execution}`;
    const known = this.#known.get(name) ?? {
      index: new LogLineIndex(this.#logs, key),
      outliner: new LogOutliner(this.#logs, key),
    };
    this.#known.delete(name);
    this.#known.set(name, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    await known.index.refresh();
    return known;
  }
}

function failedStep(job: JobRecord): StepRecord | undefined {
  return job.steps.find(
    ({ conclusion }) => conclusion === 'failure' || conclusion === 'timed_out' || conclusion === 'error',
  );
}
