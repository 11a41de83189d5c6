import { createHash, type Hash } from 'node:crypto';
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

/** Larger trees are not worth looking at: copying them anew is safe too. */
const MAX_ENTRIES = 60_000;
/** How many files are looked at before others get their turn; some milliseconds' worth. */
const ENTRIES_AT_ONCE = 500;

/**
 * A hash by which it is seen whether anything in some folders was changed, wherever they are moved meanwhile. Of files
 * it takes what nobody but the kernel can write: their number and the time of their last change of any kind. That costs
 * some microseconds each; reading them would cost a hundred times that. Undefined if they cannot be read, or are many.
 */
export async function fingerprint(folders: readonly string[]): Promise<string | undefined> {
  const hash = createHash('sha1');
  const walk = { hash, entries: 0, yieldAt: ENTRIES_AT_ONCE };
  try {
    for (const [at, folder] of folders.entries()) await addRoot(walk, at, folder);
    return walk.entries > MAX_ENTRIES ? undefined : hash.digest('hex');
  } catch {
    return undefined;
  }
}

interface Walk {
  readonly hash: Hash;
  entries: number;
  yieldAt: number;
}

async function addRoot(walk: Walk, at: number, folder: string): Promise<void> {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) return;
  walk.hash.update(`\0${at}\0`);
  if (stats.isDirectory()) await addFolder(walk, folder, stats);
  else walk.hash.update(fileLine('', stats));
}

async function addFolder(walk: Walk, folder: string, stats: Stats): Promise<void> {
  if (walk.entries > MAX_ENTRIES) return;
  const names = readdirSync(folder).sort();
  // Its times change when it is moved, or used for something that is gone again: its names and mode count.
  walk.hash.update(`${stats.mode}:${stats.uid}\n${names.join('\0')}\0\n`);
  for (const name of names) {
    const path = join(folder, name);
    const entry = lstatSync(path);
    if (++walk.entries > walk.yieldAt) await pause(walk);
    if (entry.isDirectory()) await addFolder(walk, path, entry);
    else walk.hash.update(fileLine(name, entry));
  }
}

function fileLine(name: string, stats: Stats): string {
  return `${name}\0${stats.ino} ${stats.ctimeMs} ${stats.size} ${stats.mode}\n`;
}

function pause(walk: Walk): Promise<void> {
  walk.yieldAt = walk.entries + ENTRIES_AT_ONCE;
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
