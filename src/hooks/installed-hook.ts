import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { isThere, readIfThere } from './install-file.ts';
import { foldersOf } from './install-target.ts';

/** Hooks that tell of what is new, in every repository in which they are installed. */
const TELLING = ['post-commit', 'post-receive'] as const;

/**
 * Has this repository the hook, so that it tells of its commits itself? Undefined: it is not there.
 * @param gitDir its git folder, or that of one of its work trees.
 */
export async function isHookInstalled(gitDir: string): Promise<boolean | undefined> {
  try {
    if (!(await isThere(gitDir))) return undefined;
    const common = resolve(gitDir, (await readIfThere(join(gitDir, 'commondir')))?.replace(/\n$/, '') ?? '.');
    return (await isThere(join(foldersOf(common).box, 'url'))) && (await wrongWithHook(common)) === undefined;
  } catch {
    return false; // a folder that cannot be read has no hook that could tell
  }
}

/** Why git cannot call the script that was installed in a git folder, in words; undefined: it can. */
export async function wrongWithHook(commonDir: string): Promise<string | undefined> {
  const { usualHooks, ourHooks } = foldersOf(commonDir);
  for (const name of TELLING) {
    const states = await Promise.all([usualHooks, ourHooks].map((folder) => stateOf(join(folder, name))));
    if (states.includes('ours')) continue;
    if (states.includes('not executable')) return `${name} is not executable`;
    return states[0] === 'missing' ? `${name} is missing` : `${name} was overwritten`;
  }
  return undefined;
}

async function stateOf(path: string): Promise<'ours' | 'not executable' | 'of others' | 'missing'> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'missing';
  const isOurs = found.isFile() && (await readIfThere(path))?.includes('\n# signalbox-hook:') === true;
  if (!isOurs) return 'of others';
  return (found.mode & 0o111) === 0 ? 'not executable' : 'ours';
}
