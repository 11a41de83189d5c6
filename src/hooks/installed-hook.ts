import { join, resolve } from 'node:path';
import { isThere, readIfThere } from './install-file.ts';
import { foldersOf } from './install-target.ts';

/**
 * Has this repository the hook, so that it tells of its commits itself? Undefined: it is not there.
 * @param gitDir its git folder, or that of one of its work trees.
 */
export async function isHookInstalled(gitDir: string): Promise<boolean | undefined> {
  try {
    if (!(await isThere(gitDir))) return undefined;
    const common = resolve(gitDir, (await readIfThere(join(gitDir, 'commondir')))?.replace(/\n$/, '') ?? '.');
    const { box } = foldersOf(common);
    const scripts = ['hooks', 'signalbox-hooks'].flatMap((at) =>
      ['post-commit', 'post-receive'].map((name) => join(common, at, name)),
    );
    const found = await Promise.all([join(box, 'url'), ...scripts].map(isThere));
    return found[0] === true && found.slice(1).includes(true);
  } catch {
    return false; // a folder that cannot be read has no hook that could tell
  }
}
