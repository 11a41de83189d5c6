import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlannedJob } from '../model/plan.ts';
import type { ExecutionResult } from '../protocol/execution-result.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import type { ClassicCommit, ClassicCommits } from './classic-commits.ts';
import { type ClassicOutcome, classicErrorText, classicSkippedText, classicText } from './classic-verdict.ts';
import { Execution } from './execution.ts';
import type { ExecutionOrder } from './execution-order.ts';
import { LogWriter } from './log-writer.ts';
import type { RunnerParts } from './runner-parts.ts';
import type { Slot } from './slots.ts';
import type { StopReason } from './step-runner.ts';

/** What testing commits takes. */
export interface ClassicTestsOptions {
  readonly commits: ClassicCommits;
  readonly parts: Pick<RunnerParts, 'slots' | 'tools'>;
  /** The runner's folder. */
  readonly home: string;
  /** Name and number of the repository, for environment, caches and workspaces. */
  readonly repository: { readonly id: number; readonly name: string };
  readonly logger: Logger;
}

/** Executes the tests of one commit after the other, with the same means as a native runner. */
export class ClassicTests {
  readonly #options: ClassicTestsOptions;
  readonly #logPath: string;
  readonly #cleaning = new Set<Promise<void>>();
  #execution: Execution | undefined;
  #stop: StopReason | undefined;
  #jobs = 0;
  #runs = 0;

  constructor(options: ClassicTestsOptions) {
    this.#options = options;
    this.#logPath = join(options.home, 'log');
  }

  /** Tests a commit; the text of its `results`. Undefined if it was stopped. Cleaning up may go on after that. */
  async run(sha: string): Promise<Buffer | undefined> {
    this.#runs++;
    const text = await this.#test(sha).catch((error: unknown) => {
      this.#options.logger.warn({ sha, error: messageOf(error) }, 'a commit could not be tested');
      return classicErrorText(messageOf(error));
    });
    return this.#stop === undefined ? text : undefined;
  }

  /** Kills what runs. Resolves when no process is left, and everything is cleaned up. */
  async stop(): Promise<void> {
    this.#stop ??= { conclusion: 'cancelled', reason: 'the runner was stopped' };
    this.#execution?.kill(this.#stop);
    while (this.#cleaning.size > 0) await Promise.all(this.#cleaning);
  }

  async #test(sha: string): Promise<Buffer> {
    const commit = await this.#options.commits.find(sha);
    const { jobs, skipped, error } = commit.plan;
    if (error !== undefined) return classicErrorText(error);
    if (jobs.length === 0) return classicSkippedText(skipped ?? 'no tests were found');
    const outcomes: ClassicOutcome[] = [];
    for (const job of jobs) if (this.#stop === undefined) outcomes.push(await this.#job(job, commit, jobs.length));
    return classicText(outcomes);
  }

  async #job({ key, spec }: PlannedJob, commit: ClassicCommit, jobs: number): Promise<ClassicOutcome> {
    const slot = await this.#options.parts.slots.acquire();
    const fd = openSync(this.#logPath, 'w+', 0o600);
    // all the logs go into one message, which is not sent in pieces
    const log = new LogWriter({ fd, limitBytes: Math.ceil(spec.logLimitBytes / jobs) });
    try {
      const result = await this.#execute({ ...this.#order(commit), spec }, slot, log);
      return { key, spec, result, log: await readFile(this.#logPath) };
    } finally {
      log.close();
      closeSync(fd);
    }
  }

  async #execute(order: ExecutionOrder, slot: Slot, log: LogWriter): Promise<ExecutionResult> {
    const events = { started: () => {}, step: () => {} }; // the chapter's protocol has no words for them
    const execution = new Execution(order, slot, log, this.#options.parts.tools, events);
    this.#execution = execution;
    if (this.#stop !== undefined) execution.stop(this.#stop);
    try {
      return await execution.run();
    } finally {
      this.#execution = undefined;
      this.#cleanUp(execution, slot);
    }
  }

  /** Beside what comes next: whoever needs the slot waits for it. */
  #cleanUp(execution: Execution, slot: Slot): void {
    const { logger, parts } = this.#options;
    const cleaning = execution
      .cleanUp()
      .catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'could not clean up after a job'))
      .then(() => {
        parts.slots.release(slot);
        this.#cleaning.delete(cleaning);
      });
    this.#cleaning.add(cleaning);
  }

  #order({ sha, tree, objects }: ClassicCommit): Omit<ExecutionOrder, 'spec'> {
    const run = { id: this.#runs, number: this.#runs, attempt: 1, event: 'push', ref: 'HEAD' };
    const git = { objects, path: '', ticket: '' };
    this.#jobs++;
    return { job: this.#jobs, execution: 1, run, repository: this.#options.repository, sha, tree, git };
  }
}
