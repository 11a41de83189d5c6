import { type ChildProcess, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Exit } from '../model/conclusion.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';

/** What to start, and how. */
export interface StepOptions {
  /** argv; the first is looked up on the PATH of `env`, or from `cwd` if it holds a slash. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where stdout and stderr go, both to the same, so that their order is kept. */
  readonly outputFd: number;
  /** From the first signal to SIGKILL, in milliseconds. Default 10 000. */
  readonly graceMs?: number;
  /** Is the first signal SIGINT, and SIGTERM the second, after three quarters of the grace? As GitHub ends a step. */
  readonly isInterrupted?: boolean;
  readonly clock: Clock;
}

/** How a step ended. `not_started`: no process ever was, for `reason`. */
export type StepEnd =
  | { readonly kind: 'exited'; readonly exit: Exit }
  | {
      readonly kind: 'not_started';
      readonly conclusion: 'failure' | 'error';
      readonly exit: Exit | null;
      readonly reason: string;
    };

/** Jobs are less urgent than the server and whatever else its machine is for. */
const NICENESS = 5;

/** The process of one step, in a process group of its own, with stdin at its end. */
export class StepProcess {
  /** Number of the process, and of its group; undefined if it could not be started. */
  readonly pid: number | undefined;
  /** Resolves when the process is gone; its descendants may not be. Never rejects. */
  readonly ended: Promise<StepEnd>;
  readonly #options: StepOptions;
  #hasEnded = false;
  #hasKilled = false;
  #stopWaiting: (() => void) | undefined;

  constructor(options: StepOptions) {
    this.#options = options;
    const child = start(options);
    this.pid = 'pid' in child ? child.pid : undefined;
    if (this.pid !== undefined) lowerPriority(this.pid);
    this.ended = this.#watch(child);
  }

  /** Did `stop` or `kill` send a SIGKILL? */
  get hasKilled(): boolean {
    return this.#hasKilled;
  }

  /** SIGTERM to the group (or SIGINT first), and SIGKILL after the grace. */
  stop(): void {
    if (this.#hasEnded || this.#stopWaiting !== undefined) return;
    const { clock, graceMs = 10_000, isInterrupted = false } = this.#options;
    this.#signal(isInterrupted ? 'SIGINT' : 'SIGTERM');
    this.#signal('SIGCONT'); // a stopped process would not see the first
    if (!isInterrupted) this.#stopWaiting = clock.after(graceMs, () => this.kill());
    else this.#stopWaiting = clock.after(graceMs * 0.75, () => this.#terminate(graceMs * 0.25));
  }

  /** SIGKILL to the group. */
  kill(): void {
    if (this.#hasEnded) return;
    this.#hasKilled = true;
    this.#signal('SIGKILL');
  }

  #terminate(graceMs: number): void {
    if (this.#hasEnded) return;
    this.#signal('SIGTERM');
    this.#stopWaiting = this.#options.clock.after(graceMs, () => this.kill());
  }

  async #watch(child: ChildProcess | { readonly error: unknown }): Promise<StepEnd> {
    const end = 'error' in child ? this.#notStarted(child.error) : await this.#exitOf(child);
    this.#hasEnded = true;
    this.#stopWaiting?.();
    return end;
  }

  #exitOf(child: ChildProcess): Promise<StepEnd> {
    return new Promise((resolve) => {
      child.once('exit', (status, signal) => {
        resolve({ kind: 'exited', exit: signal === null ? { status: status ?? 0 } : { signal } });
      });
      child.once('error', (error) => {
        if (child.pid === undefined) resolve(this.#notStarted(error));
      });
    });
  }

  /** In the words of a shell and with its exit codes, where the command is at fault. */
  #notStarted(error: unknown): StepEnd {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const [program] = this.#options.command;
    const failure = (status: number, reason: string): StepEnd => {
      return { kind: 'not_started', conclusion: 'failure', exit: { status }, reason };
    };
    if (code === 'ENOENT') return failure(127, notFound(program));
    if (code === 'ENOTDIR') return failure(127, `command not found: ${program} (a part of its path is no folder)`);
    if (code === 'EACCES') return failure(126, `${program} cannot be executed: is it executable (chmod +x)?`);
    if (code === 'E2BIG') return failure(126, `the arguments and the environment of ${program} are too long`);
    const reason = `${program} could not be started by the runner: ${messageOf(error)}`;
    return { kind: 'not_started', conclusion: 'error', exit: null, reason };
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === undefined) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // ESRCH: everybody in the group is gone.
    }
  }
}

function notFound(program: string): string {
  if (!program.includes('/')) return `command not found: ${program} (is it installed, and on the runner's PATH?)`;
  return `command not found: ${program} (there is no such file in the commit, or its first line names a program that is missing)`;
}

function start(options: StepOptions): ChildProcess | { readonly error: unknown } {
  const [program, ...args] = options.command;
  const { cwd, env, outputFd } = options;
  try {
    return spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', outputFd, outputFd] });
  } catch (error) {
    return { error };
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, NICENESS);
  } catch {
    // It has ended already.
  }
}
