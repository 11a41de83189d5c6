import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { backoffMs } from '../support/backoff.ts';
import type { Clock } from '../support/clock.ts';
import type { Component } from '../support/component.ts';
import { acquireLock, LockedError } from '../support/file-lock.ts';
import type { Logger } from '../support/logger.ts';
import type { LogFormat } from './logging.ts';

/** What `up` says to a runner over the channel between them. */
export type RunnerCommand = 'drain' | 'stop';

/** How runners are started. */
export interface RunnerProcessesOptions {
  readonly home: string;
  /** Names of the runners; one process each. */
  readonly names: readonly string[];
  /** The program of a runner. */
  readonly entry: string;
  readonly logLevel: string;
  readonly logFormat: LogFormat;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** One that lived so long, in milliseconds, did not die of its start: the waits begin anew. */
const LIVED_MS = 30_000;
/**
 * A runner makes little garbage, and what it keeps of memory is copied (as page tables) at each start of a process: with
 * 100 MB more a bare `spawn` takes 6 ms instead of 1.3. So its heap's young half may have 1 MB instead of 16.
 */
const LEAN = ['--max-semi-space-size=1'];

/** How often the lock of a runner that outlived its `up` is looked at, in milliseconds. */
const ORPHAN_MS = 200;
/** How long a runner that was told to stop has, in milliseconds. */
const STOP_MS = 5_000;

/**
 * The runners of `up`: each a child process, started again when it dies, with growing waits. A runner that an `up`
 * before this one left behind keeps its folder locked until it has finished; its successor waits for that.
 */
export class RunnerProcesses implements Component {
  readonly #children: readonly RunnerProcess[];

  constructor(options: RunnerProcessesOptions) {
    this.#children = options.names.map((name) => new RunnerProcess(name, options));
  }

  async start(): Promise<void> {
    for (const child of this.#children) child.start();
  }

  /** Lets all finish what they have; fulfilled when they have left. */
  async drain(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end('drain')));
  }

  /** Ends all, jobs included. */
  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.end('stop')));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

class RunnerProcess {
  readonly #name: string;
  readonly #options: RunnerProcessesOptions;
  readonly #logger: Logger;
  #child: ChildProcess | undefined;
  #life: Promise<void> | undefined;
  #isEnding = false;
  #wake: () => void = () => {};

  constructor(name: string, options: RunnerProcessesOptions) {
    this.#name = name;
    this.#options = options;
    this.#logger = options.logger.child({ runner: name });
  }

  start(): void {
    this.#life ??= this.#live();
  }

  async end(command: RunnerCommand): Promise<void> {
    this.#isEnding = true;
    this.#wake();
    const child = this.#child;
    if (child?.connected) child.send(command, () => {}); // one that is gone needs no word
    const stopWaiting =
      command === 'stop' ? this.#options.clock.after(STOP_MS, () => child?.kill('SIGKILL')) : () => {};
    await this.#life;
    stopWaiting();
  }

  /** Starts the process again and again until it is told to end, or leaves because it was drained. */
  async #live(): Promise<void> {
    for (let tries = 0; !this.#isEnding; tries++) {
      if (!(await this.#folderIsFree())) return;
      const startedAtMs = this.#options.clock.monotonicMs();
      const [status, signal] = await this.#runOnce();
      if (this.#isEnding) return;
      if (status === 0)
        return this.#logger.info('the runner was told to leave, and has left; the next "signalbox up" starts it');
      if (this.#options.clock.monotonicMs() - startedAtMs > LIVED_MS) tries = 0;
      const waitMs = backoffMs(tries);
      this.#logger.warn({ status, signal, waitMs }, 'the runner died and is started again');
      await this.#sleep(waitMs);
    }
  }

  async #runOnce(): Promise<readonly [number | null, NodeJS.Signals | null]> {
    const { home, entry, logLevel, logFormat } = this.#options;
    const args = ['--home', home, '--name', this.#name, '--log-level', logLevel, '--log-format', logFormat];
    const child = spawn(process.execPath, [...LEAN, entry, ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // a group of its own: Ctrl-C in the terminal is for `up`, which tells its runners what to do
      detached: true,
    });
    this.#child = child;
    if (this.#isEnding && child.connected) child.send('stop', () => {});
    try {
      const [status, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
      return [status, signal];
    } catch (error) {
      this.#logger.error({ err: error }, 'the runner cannot be started');
      return [null, null];
    } finally {
      this.#child = undefined;
    }
  }

  /** Waits until nobody else uses the runner's folder; false if it is told to end meanwhile. */
  async #folderIsFree(): Promise<boolean> {
    const path = join(this.#options.home, 'runners', this.#name, 'lock.db');
    for (let looks = 0; !this.#isEnding; looks++) {
      try {
        const lock = await acquireLock(path);
        await lock.release();
        return true;
      } catch (error) {
        if (!(error instanceof LockedError)) throw error;
        if (looks === 0) this.#logger.info('a runner of an earlier "up" still finishes its jobs; its successor waits');
        await this.#sleep(ORPHAN_MS);
      }
    }
    return false;
  }

  /** Waits, but not for one that is told to end. */
  #sleep(ms: number): Promise<void> {
    if (this.#isEnding) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
