import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { IdleProcesses } from './idle-processes.ts';

/**
 * Folders that are not needed any more. Moving one here takes no time; it is removed later, by a process of the lowest
 * priority, since removing a `node_modules` takes half a second that no job should wait for.
 */
export class Trash {
  readonly #folder: string;
  readonly #processes: IdleProcesses;
  #count = 0;
  #emptying: Promise<void> | undefined;

  constructor(folder: string, processes: IdleProcesses) {
    this.#folder = folder;
    this.#processes = processes;
  }

  /** Removes what an earlier life left. */
  start(): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#count = Date.now(); // names of another life never come again
    if (readdirSync(this.#folder).length > 0) void this.empty();
  }

  /** Takes a file or folder of the same disk away, if it is there. */
  discard(path: string): void {
    const to = join(this.#folder, String(this.#count++));
    try {
      renameSync(path, to);
    } catch (error) {
      if (codeOf(error) === 'ENOENT' && existsSync(this.#folder)) return;
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 }); // a job removed it
      if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return;
      chmodSync(path, 0o700); // a folder that may not be written to cannot be moved
      renameSync(path, to);
    }
  }

  /** Removes what was discarded; resolves when that is done. Never rejects: what cannot be removed stays. */
  async empty(): Promise<void> {
    if (this.#emptying !== undefined) return this.#emptying;
    const paths = (existsSync(this.#folder) ? readdirSync(this.#folder) : []).map((name) => join(this.#folder, name));
    if (paths.length === 0) return;
    this.#emptying = this.#remove(paths);
    await this.#emptying;
    this.#emptying = undefined;
  }

  async #remove(paths: readonly string[]): Promise<void> {
    if ((await this.#processes.run('rm', ['-rf', '--', ...paths])) !== undefined) return;
    // A folder that may not be written to (Go makes its module cache so) keeps what is in it.
    await this.#processes.run('chmod', ['-R', 'u+rwX', '--', ...paths]);
    await this.#processes.run('rm', ['-rf', '--', ...paths]);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
