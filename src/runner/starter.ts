import { type ChildProcess, spawn } from 'node:child_process';
import { getPriority, setPriority } from 'node:os';
import type { Exit } from '../model/conclusion.ts';
import { messageOf } from '../support/ci-error.ts';

/** A process that is to be started, in a process group and session of its own, with stdin at its end. */
export interface StartOrder {
  /** argv; the first is looked up on the PATH of `env`, or from `cwd` if it holds a slash. */
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Where stdout and stderr go, both to the same, so that their order is kept; open for writing. */
  readonly outputFd: number;
  /** Name of the same pipe, for another process to open. */
  readonly outputPath: string;
}

/** Why there is no process: the code of the system's error (`ENOENT`; empty if it is none), and its words. */
export interface StartError {
  readonly code: string;
  readonly message: string;
}

/** What became of a process. */
export type StartedEnd = { readonly exit: Exit } | { readonly error: StartError };

/** A process that is, or soon will be. */
export interface StartedProcess {
  /** Its number, and that of its group, once it exists. */
  readonly pid: number | undefined;
  /** Fulfilled when it exists or could not be started; undefined if that is known already. Never rejects. */
  readonly begun: Promise<void> | undefined;
  /** Fulfilled when it is gone (its descendants may not be), or could not be started. Never rejects. */
  readonly ended: Promise<StartedEnd>;
}

/** Starts a process. Never throws. */
export type Starter = (order: StartOrder) => StartedProcess;

/** Jobs are less urgent than the runner, the server and whatever else its machine is for. */
const NICER = 5;
/** The least urgent that there is. */
const MAX_NICENESS = 19;

/** Starts it as a child of this process. */
export const startHere: Starter = (order) => {
  const [program, ...args] = order.command;
  const { cwd, env, outputFd } = order;
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', outputFd, outputFd] });
    if (child.pid !== undefined) lowerPriority(child.pid);
    return { pid: child.pid, begun: undefined, ended: endOf(child) };
  } catch (error) {
    return { pid: undefined, begun: undefined, ended: Promise.resolve({ error: startError(error) }) };
  }
};

function endOf(child: ChildProcess): Promise<StartedEnd> {
  return new Promise((resolve) => {
    child.once('exit', (status, signal) => {
      resolve({ exit: signal === null ? { status: status ?? 0 } : { signal } });
    });
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ error: startError(error) });
    });
  });
}

function startError(error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { code, message: messageOf(error) };
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, Math.min(MAX_NICENESS, getPriority() + NICER));
  } catch {
    // It has ended already.
  }
}
