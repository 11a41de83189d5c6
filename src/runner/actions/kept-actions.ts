import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { IdleProcesses } from '../idle-processes.ts';
import type { Trash } from '../trash.ts';
import { measure } from '../workspaces.ts';

/** What is kept in order. */
export interface KeptActionsOptions {
  /** Where fetched actions are; other runners of this machine may use them too. */
  readonly folder: string;
  /** Beyond this the least recently used ones go, in bytes. Default 2 GB. */
  readonly limitBytes?: number;
  readonly trash: Trash;
  readonly processes: IdleProcesses;
}

/** A job that looks an action up touches it: what was not touched for so long is used by nobody, in milliseconds. */
const UNUSED_MS = 24 * 3_600_000;

/** The actions that were fetched, within their limit. */
export class KeptActions {
  readonly #options: KeptActionsOptions;

  constructor(options: KeptActionsOptions) {
    this.#options = options;
  }

  /** Removes the least recently used ones beyond the limit; for when there is nothing else to do. */
  async evict(limitBytes: number = this.#options.limitBytes ?? 2e9): Promise<void> {
    const { folder, trash, processes } = this.#options;
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) if (name.startsWith('.partial-')) this.#discardOld(join(folder, name));
    const sizes = await measure(folder, processes);
    let total = sizes.reduce((sum, { bytes }) => sum + bytes, 0);
    for (const { name, bytes } of sizes) {
      if (total <= limitBytes) break;
      if (this.#discardOld(join(folder, name))) total -= bytes;
    }
    await trash.empty();
  }

  #discardOld(path: string): boolean {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined || found.mtimeMs > Date.now() - UNUSED_MS) return false;
    this.#options.trash.discard(path);
    return true;
  }
}
