import type { Exit } from '../model/conclusion.ts';
import type { Clock } from '../support/clock.ts';
import type { StartError, StartedProcess, Starter, StartOrder } from './starter.ts';

/** What to start, and how. */
export interface StepOptions extends StartOrder {
  /** Who starts it. */
  readonly starter: Starter;
  /** From the first signal to SIGKILL, in milliseconds. Default 10 000. */
  readonly graceMs?: number;
  /** Is the first signal SIGINT, and SIGTERM the second, after three quarters of the grace? As GitHub ends a step. */
  readonly isInterrupted?: boolean;
  readonly clock: Clock;
}

/** How a step ended. `not_started`: no process ever was, for `reason`; `isNotFound`: there is no such program. */
export type StepEnd =
  | { readonly kind: 'exited'; readonly exit: Exit }
  | {
      readonly kind: 'not_started';
      readonly conclusion: 'failure' | 'error';
      readonly exit: Exit | null;
      readonly reason: string;
      readonly isNotFound: boolean;
    };

/** The process of one step, in a process group of its own, with stdin at its end. */
export class StepProcess {
  /** Resolves when it exists or could not be started. Never rejects. */
  readonly begun: Promise<void>;
  /** Resolves when the process is gone; its descendants may not be. Never rejects. */
  readonly ended: Promise<StepEnd>;
  readonly #options: StepOptions;
  readonly #process: StartedProcess;
  /** Signals that have to wait for it to exist; undefined if it does, or if it never will. */
  #unsent: NodeJS.Signals[] | undefined;
  #hasEnded = false;
  #hasKilled = false;
  #stopWaiting: (() => void) | undefined;

  constructor(options: StepOptions) {
    this.#options = options;
    const { starter, command, cwd, env, outputFd, outputPath } = options;
    this.#process = starter({ command, cwd, env, outputFd, outputPath });
    this.begun = this.#begin(this.#process.begun);
    this.ended = this.#watch();
  }

  /** Number of the process, and of its group; undefined before it has begun, and if it could not be started. */
  get pid(): number | undefined {
    return this.#process.pid;
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

  async #begin(begun: Promise<void> | undefined): Promise<void> {
    if (begun === undefined) return;
    this.#unsent = [];
    await begun;
    const unsent = this.#unsent;
    this.#unsent = undefined;
    for (const signal of unsent) this.#signal(signal);
  }

  async #watch(): Promise<StepEnd> {
    const end = await this.#process.ended;
    this.#hasEnded = true;
    this.#stopWaiting?.();
    return 'exit' in end ? { kind: 'exited', exit: end.exit } : this.#notStarted(end.error);
  }

  /** In the words of a shell and with its exit codes, where the command is at fault. */
  #notStarted({ code, message }: StartError): StepEnd {
    const [program] = this.#options.command;
    const failure = (status: number, reason: string): StepEnd => {
      return { kind: 'not_started', conclusion: 'failure', exit: { status }, reason, isNotFound: code === 'ENOENT' };
    };
    if (code === 'ENOENT') return failure(127, notFound(program));
    if (code === 'ENOTDIR') return failure(127, `command not found: ${program} (a part of its path is no folder)`);
    if (code === 'EACCES') return failure(126, `${program} cannot be executed: is it executable (chmod +x)?`);
    if (code === 'E2BIG') return failure(126, `the arguments and the environment of ${program} are too long`);
    const reason = `${program} could not be started by the runner: ${message}`;
    return { kind: 'not_started', conclusion: 'error', exit: null, reason, isNotFound: false };
  }

  #signal(signal: NodeJS.Signals): void {
    this.#unsent?.push(signal);
    if (this.pid === undefined || this.#unsent !== undefined) return;
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
