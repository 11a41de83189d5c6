import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecutionResult } from '../protocol/execution-result.ts';
import type { LeaseMessage } from '../protocol/from-dispatcher.ts';
import type { ExecutionKey } from '../protocol/wire-fields.ts';
import type { LogSource } from './log-stream.ts';
import { loadEntry, SpoolEntry } from './spool-entry.ts';

/** An execution that was finished in an earlier life of the runner and is not acknowledged. */
export interface FinishedEntry {
  readonly key: ExecutionKey;
  readonly result: ExecutionResult;
  readonly log: LogSource;
  /** The dispatcher has it: nothing of it is kept. Never throws. */
  remove(): void;
  close(): void;
}

/** More folders than this are not kept for the next executions; what a runner holds has three open files each. */
const MAX_FREE = 32;

/**
 * What a runner has produced and not yet handed over: on its own disk, so that it outlives the runner. Each execution
 * has a folder with `lease.json`, `log` and `result.json`. Folders are used again: making and removing one costs ten
 * changes to the file system's directories, which ext4 makes dear when they come by the hundred (it does not use the
 * number of a file again within seconds, and searches for another).
 */
export class Spool {
  readonly #folder: string;
  readonly #free: SpoolEntry[] = [];
  #made = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What an earlier life finished. Executions without a result are gone with it: what is left of them is removed. */
  start(): FinishedEntry[] {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    return readdirSync(this.#folder).flatMap((name) => {
      const folder = join(this.#folder, name);
      const finished = loadEntry(folder);
      if (finished === undefined) {
        removeAll(folder);
        return [];
      }
      const remove = () => {
        finished.close();
        removeAll(folder);
      };
      return [{ ...finished, remove }];
    });
  }

  /** Makes folders ahead for `count` executions. */
  async prepare(count: number): Promise<void> {
    while (this.#free.length < Math.min(count, MAX_FREE)) this.#free.push(await this.#make().settled());
  }

  /** The folder of an execution that begins. */
  create(lease: LeaseMessage): SpoolEntry {
    const free = this.#free.pop();
    if (free?.begin(lease)) return free;
    const entry = this.#make();
    if (!entry.begin(lease)) throw new Error(`the folder ${entry.folder} cannot be used`);
    return entry;
  }

  /** An execution was acknowledged, or is not wanted. Never throws. */
  release(entry: SpoolEntry): void {
    if (this.#free.length < MAX_FREE && entry.reuse()) this.#free.push(entry);
    else {
      entry.close();
      removeAll(entry.folder);
    }
  }

  /** Closes what is kept for executions to come. */
  stop(): void {
    for (const entry of this.#free) {
      entry.close();
      removeAll(entry.folder);
    }
    this.#free.length = 0;
  }

  #make(): SpoolEntry {
    const name = `free-${process.pid}-${this.#made++}`;
    removeAll(join(this.#folder, name));
    return new SpoolEntry(this.#folder, name);
  }
}

/** What stays is offered again by the next life, which does no harm. */
function removeAll(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // The disk fails, or somebody put something else there.
  }
}
