import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { touch } from '../workspaces.ts';
import { namesIn } from './tools.ts';

/** What is kept under one key. */
export interface CacheEntry {
  readonly key: string;
  /** Hash of the paths that are in it: the same key with other paths is another entry. */
  readonly version: string;
  readonly createdMs: number;
  readonly bytes: number;
}

/** Where an entry is, complete. */
export interface FoundEntry extends CacheEntry {
  readonly folder: string;
}

/** The version that belongs to the `path` of a step. */
export function versionOfPaths(paths: readonly string[]): string {
  return createHash('sha256').update(paths.join('|')).digest('hex');
}

/** Entries that `actions/cache` keeps: one folder each, complete or not there; several jobs may use them at once. */
export class CacheEntries {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The entry of the first key that has one: the same key, else the newest whose key begins with it. Keys are looked at
   * in their order. Using an entry keeps it from being removed.
   */
  find(keys: readonly string[], version: string): FoundEntry | undefined {
    const exact = keys[0] === undefined ? undefined : this.#read(nameOf(keys[0], version));
    const found = exact ?? this.#byPrefix(keys, version);
    if (found !== undefined) touch(found.folder);
    return found;
  }

  /** Is there one of this key? */
  has(key: string, version: string): boolean {
    return existsSync(join(this.#folder, nameOf(key, version)));
  }

  /**
   * Keeps what `fill` puts into a folder. False: another job was quicker. What `fill` throws is thrown, and nothing is kept.
   */
  async add(key: string, version: string, nowMs: number, fill: (folder: string) => Promise<void>): Promise<boolean> {
    const folder = join(this.#folder, nameOf(key, version));
    const partial = join(this.#folder, `.partial-${randomBytes(6).toString('hex')}`);
    try {
      mkdirSync(partial, { recursive: true, mode: 0o700 });
      await fill(partial);
      const bytes = namesIn(partial).reduce((sum, name) => sum + statSync(join(partial, name)).size, 0);
      const entry: CacheEntry = { key, version, createdMs: nowMs, bytes };
      writeFileSync(join(partial, 'entry.json'), JSON.stringify(entry));
      if (existsSync(folder)) return false;
      renameSync(partial, folder);
      return true;
    } catch (error) {
      if (existsSync(folder)) return false;
      throw error;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** Removes those that were not used for the longest time, until the rest takes at most `limitBytes`. */
  evict(limitBytes: number): readonly CacheEntry[] {
    const entries = this.#all().map((entry) => ({ entry, usedMs: statSync(entry.folder).mtimeMs }));
    let total = entries.reduce((sum, { entry }) => sum + entry.bytes, 0);
    const gone: CacheEntry[] = [];
    for (const { entry } of entries.sort((a, b) => a.usedMs - b.usedMs)) {
      if (total <= limitBytes) break;
      rmSync(entry.folder, { recursive: true, force: true });
      total -= entry.bytes;
      gone.push(entry);
    }
    return gone;
  }

  #byPrefix(keys: readonly string[], version: string): FoundEntry | undefined {
    const fitting = this.#all().filter((entry) => entry.version === version);
    const newestFirst = fitting.sort((a, b) => b.createdMs - a.createdMs);
    for (const key of keys) {
      const found = newestFirst.find((entry) => entry.key.startsWith(key));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #all(): readonly FoundEntry[] {
    const names = namesIn(this.#folder).filter((name) => !name.startsWith('.'));
    return names.map((name) => this.#read(name)).filter((entry) => entry !== undefined);
  }

  #read(name: string): FoundEntry | undefined {
    const folder = join(this.#folder, name);
    try {
      return { ...(JSON.parse(readFileSync(join(folder, 'entry.json'), 'utf8')) as CacheEntry), folder };
    } catch {
      return undefined; // it was removed meanwhile
    }
  }
}

function nameOf(key: string, version: string): string {
  return createHash('sha256').update(`${version}\n${key}`).digest('hex').slice(0, 40);
}
