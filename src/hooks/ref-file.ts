import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';

/**
 * Where a branch or HEAD is, by its own file alone: one read, no process. Undefined if the file does not tell (packed,
 * deleted, symbolic, or a tag, which may be of a tag object): then all refs have to be read.
 */
export async function readRefFile(commonDir: string, ref: string): Promise<string | undefined> {
  return isPeeled(ref) ? shaOf(await readFile(join(commonDir, ref), 'utf8').catch(() => '')) : undefined;
}

/** The same at once, for a file that the kernel has just told of: it is in memory, and a thread to read it would take longer. */
export function readRefFileNow(commonDir: string, ref: string): string | undefined {
  return isPeeled(ref) ? shaOf(readNow(join(commonDir, ref))) : undefined;
}

/** The branch that HEAD is on, at once; undefined if it is on none. */
export function readBranch(commonDir: string): string | undefined {
  return /^ref: (refs\/heads\/\S+)\s*$/.exec(readNow(join(commonDir, 'HEAD')))?.[1];
}

function readNow(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isPeeled(ref: string): boolean {
  return !ref.startsWith('refs/tags/');
}

function shaOf(text: string): string | undefined {
  const sha = text.trim();
  return SHA_PATTERN.test(sha) ? sha : undefined;
}
