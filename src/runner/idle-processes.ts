import { type ChildProcess, execFile } from 'node:child_process';
import { setPriority } from 'node:os';

/** Less urgent than any job. */
const NICENESS = 15;

/** Programs that do what no job waits for: copy, remove, measure. They end with the runner. */
export class IdleProcesses {
  readonly #running = new Set<ChildProcess>();
  #isStopped = false;

  /** Runs a program; its output if it ended with exit code 0, else undefined. Never rejects. */
  run(program: string, args: readonly string[]): Promise<string | undefined> {
    if (this.#isStopped) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const child = execFile(program, args, { timeout: 3_600_000, maxBuffer: 1e6 }, (error, stdout) => {
        this.#running.delete(child);
        resolve(error === null ? stdout : undefined);
      });
      this.#running.add(child);
      lowerPriority(child.pid);
    });
  }

  /** Ends those that run; no more are started. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const gone = [...this.#running].map((child) => new Promise((resolve) => child.once('close', resolve)));
    for (const child of this.#running) child.kill('SIGKILL');
    await Promise.all(gone);
  }
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, NICENESS);
  } catch {
    // It has ended already.
  }
}
