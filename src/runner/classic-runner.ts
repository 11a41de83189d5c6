import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { ClassicCommand } from '../protocol/classic.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Component } from '../support/component.ts';
import { deferred } from '../support/deferred.ts';
import type { FileLock } from '../support/file-lock.ts';
import type { FindSettings } from '../workflow/find-tests.ts';
import { ClassicCommits } from './classic-commits.ts';
import { ClassicLink } from './classic-link.ts';
import { ClassicOutbox } from './classic-outbox.ts';
import type { ClassicPort } from './classic-port.ts';
import { ClassicTests } from './classic-tests.ts';
import { createParts, type PartsOptions, type RunnerParts } from './runner-parts.ts';

/** What a classic runner is made of. */
export interface ClassicRunnerOptions extends Omit<PartsOptions, 'slots' | 'shared' | 'urlOf' | 'isIdle'> {
  readonly dispatcher: { readonly host: string; readonly port: number };
  /** Where it listens; it is closed with the runner. */
  readonly port: ClassicPort;
  /** Of its folder, held; it is released with the runner. */
  readonly lock: FileLock;
  /** A repository on this machine, which is only read. */
  readonly repository: string;
  /** Its name, for the environment of the jobs. */
  readonly repositoryName: string;
  readonly settings: FindSettings;
  /** Takes one commit, then leaves. */
  readonly once?: boolean;
}

/** How long a runner that leaves tries to deliver its last results, in milliseconds. They are kept for its successor. */
const LAST_RESULTS_MS = 10_000;

/**
 * The test runner of the chapter, for the chapter's own dispatcher: it listens, is told which commit to test, and says
 * the results on a connection of its own. How it executes is no different from a native runner.
 */
export class ClassicRunner implements Component {
  /** Resolves when the runner has left: after a drain, or `stop`. */
  readonly finished: Promise<void>;
  readonly #options: ClassicRunnerOptions;
  readonly #parts: RunnerParts;
  readonly #commits: ClassicCommits;
  readonly #tests: ClassicTests;
  readonly #outbox: ClassicOutbox;
  readonly #link: ClassicLink;
  readonly #finished = deferred<void>();
  #running: Promise<void> | undefined;
  #isDraining = false;
  #cancelLeaving: (() => void) | undefined;
  #stopping: Promise<void> | undefined;

  constructor(options: ClassicRunnerOptions) {
    this.#options = options;
    const { home, clock, logger, dispatcher, port, repositoryName } = options;
    this.#parts = createParts({
      ...options,
      slots: 1,
      urlOf: () => '',
      isIdle: () => this.#running === undefined,
    });
    this.#commits = new ClassicCommits(options);
    const repository = { id: numberOf(options.repository), name: repositoryName };
    this.#tests = new ClassicTests({ commits: this.#commits, parts: this.#parts, home, repository, logger });
    this.#outbox = new ClassicOutbox(join(home, 'results'), join(home, 'refused'));
    const onChanged = () => this.#leaveIfDone();
    this.#link = new ClassicLink({ dispatcher, port: port.number, outbox: this.#outbox, clock, logger, onChanged });
    this.finished = this.#finished.promise;
  }

  /**
   * Ends what an earlier life left running, then listens and registers; does not wait for the dispatcher.
   * @throws {NotARepositoryError}
   */
  async start(): Promise<void> {
    const { logger, port } = this.#options;
    await this.#commits.start();
    const killed = await this.#parts.start();
    if (killed.length > 0)
      logger.warn({ killed }, 'ended what jobs of an earlier life of this runner had left running');
    this.#outbox.start();
    port.serve((command) => this.#hear(command));
    this.#link.start();
  }

  /** Takes no new work, finishes what runs, delivers it, leaves: then `finished` resolves. Safe twice. */
  drain(): void {
    this.#isDraining = true;
    this.#leaveIfDone();
  }

  /** Stops at once: kills what runs; nothing is said of it. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    this.#isDraining = true;
    this.#cancelLeaving?.();
    await this.#tests.stop();
    await this.#running;
    await this.#link.stop();
    await this.#parts.stop();
    await this.#commits.stop();
    await this.#options.port.close();
    await this.#options.lock.release();
    this.#finished.resolve();
  }

  #hear(command: ClassicCommand): string {
    this.#link.heard();
    if (command.type === 'ping') return 'pong';
    if (this.#link.isRecalled(command.sha)) return 'OK';
    if (this.#running !== undefined || this.#isDraining) return 'BUSY';
    this.#running = this.#run(command.sha);
    if (this.#options.once === true) this.#isDraining = true;
    return 'OK';
  }

  /** Not busy any more before the result is said: the dispatcher may have the next commit ready. */
  async #run(sha: string): Promise<void> {
    const { logger } = this.#options;
    logger.info({ sha }, 'a commit is tested');
    try {
      const text = await this.#tests.run(sha);
      if (text !== undefined) this.#outbox.keep(sha, text);
    } catch (error) {
      logger.error(
        { sha, error: messageOf(error) },
        'a result could not be kept on disk; it is sent, but would not outlive this process',
      );
    } finally {
      this.#running = undefined;
    }
    this.#link.wake();
    this.#parts.housekeeping.wake();
    this.#leaveIfDone();
  }

  /** Leaves, if that is wanted and nothing runs; gives the last results a moment to be delivered. */
  #leaveIfDone(): void {
    if (!this.#isDraining || this.#running !== undefined || this.#stopping !== undefined) return;
    const mustDeliver = this.#options.once === true; // who leaves after one may be on a machine that is thrown away
    const isDone = this.#outbox.results.length === 0 || (!mustDeliver && !this.#link.isConnected);
    if (isDone) this.#finished.resolve();
    else if (!mustDeliver)
      this.#cancelLeaving ??= this.#options.clock.after(LAST_RESULTS_MS, () => this.#finished.resolve());
  }
}

/** The number by which folders are named after a repository: another repository must not find its caches. */
function numberOf(repository: string): number {
  return Number.parseInt(createHash('sha256').update(resolve(repository)).digest('hex').slice(0, 12), 16);
}
