import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitError } from './git.ts';

/** Git holds a lock for milliseconds; one that is older was left by a process that was killed. */
const STALE_LOCK_MS = 60_000;

/** Removes what a killed git left of its locks in a git folder that is ours. Was there any? */
export async function removeStaleLocks(gitDir: string): Promise<boolean> {
  const refs = await readdir(join(gitDir, 'refs'), { recursive: true }).catch(() => []);
  const top = await readdir(gitDir).catch(() => []);
  const locks = [...top, ...refs.map((name) => join('refs', name))].filter((name) => name.endsWith('.lock'));
  const removed = await Promise.all(locks.map((name) => removeIfStale(join(gitDir, name))));
  return removed.includes(true);
}

async function removeIfStale(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < STALE_LOCK_MS) return false;
  await rm(path, { force: true });
  return true;
}

/** Was another process in the way? Git has one exit code for all of it; its words are in English (LC_ALL=C). */
export function isContended(error: GitError): boolean {
  return /\.lock'|cannot lock ref|could not lock|incorrect old value|but expected/.test(error.detail);
}
