import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { backoffMs } from '../support/backoff.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { type Deferred, deferred } from '../support/deferred.ts';
import type { Logger } from '../support/logger.ts';
import { type StartedEnd, type StartedProcess, type Starter, type StartOrder, startHere } from './starter.ts';
import { readLines, type StarterLine, writeLine } from './starter-lines.ts';

/** What {@link StarterProcess} needs. */
export interface StarterProcessOptions {
  /** The program that calls `serveStarts` with its descriptor 3. */
  readonly entry: string;
  /** Whose it is, for people who look at the processes of the machine: the runner's folder. */
  readonly label: string;
  /** Its environment; what it starts has its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** It died, and how these will end cannot be known any more. Called before they are said to have ended. */
  readonly onDied: (lost: readonly StartOrder[]) => void;
}

/** Its memory is what each start copies the page tables of; it has nothing to optimize, and one thread is enough. */
const LEAN = ['--max-semi-space-size=1', '--no-opt', '--max-lazy', '--v8-pool-size=0'];
/** How long it may take to end when it is told to, in milliseconds. */
const END_MS = 2_000;

interface Waiting {
  readonly order: StartOrder;
  pid: number | undefined;
  readonly begun: Deferred<void>;
  readonly ended: Deferred<StartedEnd>;
}

/**
 * A small process that starts the steps for a runner. A start copies the page tables of who does it, and until the next one
 * every page that is written to is a fault: with the memory that a runner comes to have that is 5 ms during which it
 * does nothing else, instead of 1. As long as there is none (at the beginning, or after one died) the runner starts
 * itself.
 */
export class StarterProcess {
  readonly #options: StarterProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  /** Numbers of what runs. */
  readonly #running = new Set<number>();
  #child: ChildProcess | undefined;
  #channel: Socket | undefined;
  #isReady = false;
  #isStopped = true;
  #deaths = 0;
  #count = 0;
  #cancelRestart = () => {};

  constructor(options: StarterProcessOptions) {
    this.#options = options;
  }

  /** Number of the process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Is this a process that was started here, and that has not ended? */
  isRunning(pid: number): boolean {
    return this.#running.has(pid);
  }

  /** Begins to start it; nobody has to wait for that. */
  start(): void {
    if (!this.#isStopped) return;
    this.#isStopped = false;
    this.#begin();
  }

  /** Resolves when it is gone, and with it what it has started. Safe twice. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelRestart();
    const child = this.#child;
    if (child === undefined) return;
    const gone = once(child, 'exit').catch(() => {});
    this.#channel?.destroy();
    const cancel = this.#options.clock.after(END_MS, () => child.kill('SIGKILL'));
    await gone;
    cancel();
  }

  /** Starts a process of a step. */
  readonly begin: Starter = (order) => {
    if (!this.#isReady || this.#channel === undefined) return startHere(order);
    const waiting: Waiting = { order, pid: undefined, begun: deferred(), ended: deferred() };
    const id = ++this.#count;
    this.#waiting.set(id, waiting);
    const { command, cwd, env, outputPath } = order;
    writeLine(this.#channel, { id, command, cwd, env, outputPath });
    return startedOf(waiting);
  };

  #begin(): void {
    const { entry, label, env } = this.#options;
    // a session of its own: Ctrl-C in the terminal is for the runner, which may want to end its jobs first
    const child = spawn(process.execPath, [...LEAN, entry, label], {
      ...{ cwd: '/', env, detached: true },
      stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
    });
    this.#child = child;
    child.once('error', (error) => this.#died(child, messageOf(error)));
    child.once('exit', (status, signal) => this.#died(child, signal ?? `exit code ${status}`));
    const channel = child.stdio[3];
    if (!(channel instanceof Socket)) return;
    this.#channel = channel;
    channel.on('error', () => {}); // its process is gone, then
    readLines<StarterLine>(channel, (line) => this.#hear(line));
  }

  #hear(line: StarterLine): void {
    if (line.type === 'ready') {
      this.#isReady = true;
      return;
    }
    const waiting = this.#waiting.get(line.id);
    if (waiting === undefined) return;
    if (line.type === 'begun') this.#running.add(line.pid);
    if (line.type === 'begun') waiting.pid = line.pid;
    waiting.begun.resolve();
    if (line.type === 'begun') return;
    if (waiting.pid !== undefined) this.#running.delete(waiting.pid);
    this.#waiting.delete(line.id);
    waiting.ended.resolve(line.type === 'ended' ? { exit: line.exit } : { error: line.error });
  }

  #died(child: ChildProcess, why: string): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#channel?.destroy();
    this.#channel = undefined;
    this.#isReady = false;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    this.#running.clear();
    const { clock, logger, onDied } = this.#options;
    if (!this.#isStopped) {
      logger.warn({ why, lost: lost.length }, 'the process that starts the steps of this runner has died');
      onDied(lost.map(({ order }) => order));
      this.#cancelRestart = clock.after(backoffMs(this.#deaths++), () => this.#begin());
    }
    for (const { begun, ended } of lost) {
      begun.resolve();
      ended.resolve({ exit: { signal: 'SIGKILL' } });
    }
  }
}

function startedOf(waiting: Waiting): StartedProcess {
  return {
    get pid() {
      return waiting.pid;
    },
    begun: waiting.begun.promise,
    ended: waiting.ended.promise,
  };
}
