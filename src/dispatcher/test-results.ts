import { closeSync, open, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';
import type { EventRecord } from '../store/event-record.ts';
import type { JobRecord } from '../store/job-record.ts';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import type { Background } from './background.ts';
import { EventFollower } from './event-follower.ts';
import { type LogTail, type RunSection, testResultsText } from './test-results-text.ts';

/** What {@link TestResults} needs. */
export interface TestResultsOptions {
  /** `<home>/test_results`. */
  readonly folder: string;
  readonly store: Store;
  readonly logs: LogStore;
  readonly clock: Clock;
  readonly background: Background;
  /** Is any execution under way? Then the files wait for a quiet moment: they are for people, and jobs are first. */
  readonly isBusy: () => boolean;
}

/** Most bytes of each job's log that are in the file: its end. */
const MAX_LOG_BYTES = 1024 * 1024;
/** Writes `test_results/<commit id>` when runs complete; writing a file twice is harmless. */
export class TestResults implements Component {
  readonly #options: TestResultsOptions;
  readonly #follower: EventFollower;

  constructor(options: TestResultsOptions) {
    this.#options = options;
    const { folder, store, clock, background, isBusy } = options;
    const take = async (events: readonly EventRecord[]) => {
      for (const sha of commitsOf(events)) await this.#writeCommit(sha);
    };
    const cursorFile = join(folder, '.cursor');
    const what = 'write test results';
    this.#follower = new EventFollower({ cursorFile, store, clock, background, isBusy, what, take });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #writeCommit(sha: string): Promise<void> {
    const sections: RunSection[] = [];
    for (const { run, jobs } of await this.#options.store.commit(sha)) {
      const logs = await Promise.all(jobs.map((job) => this.#logOf(job)));
      sections.push({ run, jobs: jobs.map((job, at) => ({ job, log: logs[at] })) });
    }
    await replaceFile(join(this.#options.folder, sha), testResultsText(sha, sections));
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
 * Whoever reads sees the old text or the new one, never half of it. Only to make a file can take long (the file system may
 * be busy with its journal, or look for a number that is free), the rest is done at once: each way through a thread costs
 * as much as it.
 */
async function replaceFile(path: string, text: Buffer): Promise<void> {
  const aside = `${path}.new`;
  const fd = await make(aside);
  try {
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
}

function make(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, 'w', (error, fd) => (error === null ? resolve(fd) : reject(error)));
  });
}

/** The commits whose runs completed. */
function commitsOf(events: readonly EventRecord[]): Set<string> {
  const shas = events.flatMap(({ type, data }) => (type === 'run.completed' ? [String(data.sha)] : []));
  return new Set(shas.filter((sha) => SHA_PATTERN.test(sha)));
}
