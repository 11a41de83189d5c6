import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';

/**
 * Where a branch or HEAD is, by its own file alone: one read, no process. Undefined if the file does not tell (packed,
 * deleted, symbolic, or a tag, which may be of a tag object): then all refs have to be read.
 */
export async function readRefFile(commonDir: string, ref: string): Promise<string | undefined> {
  if (ref.startsWith('refs/tags/')) return undefined;
  const text = await readFile(join(commonDir, ref), 'utf8').catch(() => '');
  const sha = text.trim();
  return SHA_PATTERN.test(sha) ? sha : undefined;
}
