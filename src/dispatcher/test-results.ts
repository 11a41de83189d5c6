import { renameSync, writeFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';
import type { LogStore } from '../store/log-store.ts';
import type { EventRecord, JobRecord, Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Background } from './background.ts';
import { type LogTail, type RunSection, testResultsText } from './test-results-text.ts';

/** What {@link TestResults} needs. */
export interface TestResultsOptions {
  /** `<home>/test_results`. */
  readonly folder: string;
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly background: Background;
}

/** Most bytes of each job's log that are in the file: its end. */
const MAX_LOG_BYTES = 1024 * 1024;
/** How often the cursor is saved, at most, in milliseconds. */
const SAVE_MS = 1_000;
/** Most events that are read at once. */
const PAGE = 200;

/**
 * Writes `test_results/<commit id>` when runs complete. It follows the log of events with a cursor that it keeps in a
 * file, so that nothing is missed over a restart; writing a file twice is harmless.
 */
export class TestResults implements Component {
  readonly #options: TestResultsOptions;
  readonly #cursorFile: string;
  #cursor = 0;
  #saved = 0;
  #savedAtMs = Number.NEGATIVE_INFINITY;
  #isFollowing = false;
  #following: Promise<void> = Promise.resolve();
  #hasMore = false;
  #stopListening: (() => void) | undefined;

  constructor(options: TestResultsOptions) {
    this.#options = options;
    this.#cursorFile = join(options.folder, '.cursor');
  }

  async start(): Promise<void> {
    const { folder, store } = this.#options;
    await mkdir(folder, { recursive: true });
    this.#cursor = Number(await readFile(this.#cursorFile, 'utf8').catch(() => '0')) || 0;
    // a new database in an old home begins to count again
    if (this.#cursor > (await store.lastEvent())) this.#cursor = 0;
    this.#saved = this.#cursor;
    this.#stopListening = store.onEvents(() => this.#wake());
    this.#wake();
  }

  async stop(): Promise<void> {
    if (this.#stopListening === undefined) return;
    this.#stopListening();
    this.#stopListening = undefined;
    await this.#following;
    this.#saveCursor();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #wake(): void {
    this.#hasMore = true;
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    this.#following = this.#followAll().finally(() => {
      this.#isFollowing = false;
    });
  }

  /** What failed is tried again at the next event. */
  async #followAll(): Promise<void> {
    try {
      while (this.#hasMore && this.#stopListening !== undefined) await this.#follow();
    } catch (error) {
      this.#options.background.report('write test results', error);
    }
  }

  async #follow(): Promise<void> {
    this.#hasMore = false;
    // what has to be quick goes first: this is for people
    await new Promise((resolve) => setImmediate(resolve));
    const events = await this.#options.store.events(this.#cursor, PAGE);
    const last = events.at(-1);
    if (last === undefined) return;
    if (events.length === PAGE) this.#hasMore = true;
    const shas = commitsOf(events);
    for (const sha of shas) await this.#writeCommit(sha);
    this.#cursor = last.id;
    if (this.#options.clock.monotonicMs() - this.#savedAtMs >= SAVE_MS) this.#saveCursor();
  }

  /** What was done since is done again after a crash, which is harmless. */
  #saveCursor(): void {
    if (this.#cursor === this.#saved) return;
    replaceFile(this.#cursorFile, Buffer.from(`${this.#cursor}\n`));
    this.#saved = this.#cursor;
    this.#savedAtMs = this.#options.clock.monotonicMs();
  }

  async #writeCommit(sha: string): Promise<void> {
    const sections: RunSection[] = [];
    for (const { run, jobs } of await this.#options.store.commit(sha)) {
      const logs = await Promise.all(jobs.map((job) => this.#logOf(job)));
      sections.push({ run, jobs: jobs.map((job, at) => ({ job, log: logs[at] })) });
    }
    replaceFile(join(this.#options.folder, sha), testResultsText(sha, sections));
  }

  /** The end of the log of the last execution; undefined if there was none, or it is not there any more. */
  async #logOf({ id: job, execution }: JobRecord): Promise<LogTail | undefined> {
    if (execution === 0) return undefined;
    try {
      const { size, bytes } = await this.#options.logs.tail({ job, execution }, MAX_LOG_BYTES);
      return { text: bytes, leftOut: size - bytes.length };
    } catch {
      return undefined;
    }
  }
}

/**
 * Whoever reads sees the old text or the new one, never half of it. At once: four calls that take 0.1 ms in all, and thrice
 * that when each goes through a thread.
 */
function replaceFile(path: string, text: Buffer): void {
  const aside = `${path}.new`;
  writeFileSync(aside, text);
  renameSync(aside, path);
}

/** The commits whose runs completed. */
function commitsOf(events: readonly EventRecord[]): Set<string> {
  const shas = events.flatMap(({ type, data }) => (type === 'run.completed' ? [String(data.sha)] : []));
  return new Set(shas.filter((sha) => SHA_PATTERN.test(sha)));
}
