import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fingerprint } from './fingerprint.ts';
import { allInCopy } from './installed.ts';
import type { Trash } from './trash.ts';

/** A copy of a snapshot that a job may have. */
export interface Spare {
  /** Its folder, with the directories of the plan as `0`, `1` … */
  readonly path: string;
  /** By which it is seen whether a job has changed it; undefined: that cannot be seen. */
  readonly print: string | undefined;
}

/** How spares are kept. */
export interface SparesOptions {
  /** On the same disk as the workspaces. */
  readonly folder: string;
  readonly trash: Trash;
  /** Copies a snapshot to a folder that is not there yet; false if there is none, or it was not copied whole. */
  readonly copy: (key: string, to: string) => Promise<boolean>;
}

/** More copies of one snapshot are not kept. */
const MAX_PER_KEY = 4;

/**
 * Copies of snapshots, made ahead. One that a job had and did not change is as good as new: it is looked at after the
 * job, so that most jobs cost no copy at all.
 */
export class Spares {
  readonly #options: SparesOptions;
  readonly #free = new Map<string, Spare[]>();
  /** What is being copied or looked at, by key. */
  readonly #coming = new Map<string, Promise<void>>();
  /** Keys whose last job changed what it was given. */
  readonly #changed = new Set<string>();
  #count = 0;

  constructor(options: SparesOptions) {
    this.#options = options;
  }

  /** Copies of an earlier life are thrown away: after a power cut they may have holes. */
  start(): void {
    this.#options.trash.discard(this.#options.folder);
    mkdirSync(this.#options.folder, { recursive: true, mode: 0o700 });
  }

  /** Resolves when nothing is copied or looked at. */
  async stop(): Promise<void> {
    await Promise.all(this.#coming.values());
  }

  /** A folder name for another spare. */
  newPath(key: string): string {
    return join(this.#options.folder, `${key}-${this.#count++}`);
  }

  /** Is there one, or will there be? */
  has(key: string): boolean {
    return this.#coming.has(key) || (this.#free.get(key)?.length ?? 0) > 0;
  }

  /** Do its jobs change what they are given, so that a copy should be made while they run? */
  isChanged(key: string): boolean {
    return this.#changed.has(key);
  }

  /** One that is ready, or soon will be, or is made now; undefined if there is no such snapshot. */
  async take(key: string): Promise<Spare | undefined> {
    const ready = this.#free.get(key)?.pop();
    if (ready !== undefined) return ready;
    if (this.#coming.has(key)) await this.#coming.get(key);
    return this.#free.get(key)?.pop() ?? (await this.#make(key));
  }

  /** Makes one ahead. */
  prepare(key: string): Promise<void> {
    return this.#while(key, async () => {
      const spare = await this.#make(key);
      if (spare !== undefined) this.#add(key, spare);
    });
  }

  /** A job had it: it is kept if nothing in it was changed. */
  comeBack(key: string, { path, print }: Spare): Promise<void> {
    return this.#while(key, async () => {
      const isSame = print !== undefined && (await fingerprint(allInCopy(path))) === print;
      if (isSame) this.#changed.delete(key);
      else this.#changed.add(key);
      if (isSame) this.#add(key, { path, print });
      else this.#options.trash.discard(path);
    });
  }

  /** Throws away those of other snapshots. */
  keepOnly(keys: readonly string[]): void {
    for (const [key, spares] of this.#free) {
      if (keys.includes(key)) continue;
      this.#free.delete(key);
      for (const { path } of spares) this.#options.trash.discard(path);
    }
    for (const key of this.#changed) if (!keys.includes(key)) this.#changed.delete(key);
  }

  #add(key: string, spare: Spare): void {
    const spares = this.#free.get(key) ?? [];
    this.#free.set(key, spares);
    if (spares.length < MAX_PER_KEY) spares.push(spare);
    else this.#options.trash.discard(spare.path);
  }

  async #make(key: string): Promise<Spare | undefined> {
    const path = this.newPath(key);
    if (!(await this.#options.copy(key, path))) {
      this.#options.trash.discard(path);
      return undefined;
    }
    return { path, print: await fingerprint(allInCopy(path)) };
  }

  /** One after the other for each key, so that who waits for the last waits for all. */
  #while(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#coming.get(key) ?? Promise.resolve();
    const done = before.then(work).catch(() => {}); // no room, most likely: then there is no spare
    this.#coming.set(key, done);
    return done.then(() => {
      if (this.#coming.get(key) === done) this.#coming.delete(key);
    });
  }
}
