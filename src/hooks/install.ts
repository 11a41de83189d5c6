import { lstat, realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { gitDirOf } from '../git/refs.ts';
import { type HookFacts, urlText } from './install-box.ts';
import { explainRefusal } from './install-error.ts';
import { orNothing, putFile, readIfThere } from './install-file.ts';
import { withLock } from './install-lock.ts';
import { readManifest } from './install-manifest.ts';
import { putAll } from './install-put.ts';
import { removeAll } from './install-remove.ts';
import { type InstallReport, type InstallStep, reportOf } from './install-report.ts';
import { findTarget, foldersOf, type InstallFolders } from './install-target.ts';

export { InstallError } from './install-error.ts';
export type { InstallReport, InstallStep } from './install-report.ts';

/** What {@link installHooks} installs, and where. */
export interface InstallOptions extends HookFacts {
  /** The repository, or a folder in it: work tree, linked work tree, submodule, bare. */
  readonly path: string;
  /** The home folder that the repository belongs to; absolute. Kept as `signalbox.home` in its configuration. */
  readonly home: string;
}

/**
 * Installs the hooks that tell of each commit, and what they need. Hooks that are there are kept and still run; nothing
 * is written outside of the repository's git folder. Doing it again changes only what has to be changed.
 * @throws {NotARepositoryError} if `path` is in none.
 * @throws {InstallError} if it cannot be done; what was begun is undone.
 * @throws {LockedError} if somebody else has been at it for 10 seconds.
 */
export async function installHooks(options: InstallOptions): Promise<InstallReport> {
  const target = await findTarget(options.path);
  return change(target, async () => {
    const known = await readManifest(target);
    try {
      const isElsewhere = known !== undefined && known.isRedirected !== target.isRedirected;
      const removed = isElsewhere ? await removeAll(target, known) : [];
      return [...removed, ...(await putAll(target, isElsewhere ? undefined : known, options))];
    } catch (error) {
      if (known === undefined) await removeKnown(target).catch(() => {}); // what counts is the error that led here
      throw error;
    }
  });
}

/**
 * Takes away all that {@link installHooks} put into the repository, and puts back what was there before, byte for byte.
 * What others have changed since is left as it is, and reported.
 * @throws {NotARepositoryError} if `path` is in none.
 * @throws {InstallError} if it cannot be done.
 */
export async function uninstallHooks(path: string): Promise<InstallReport> {
  const folders = foldersOf(await realpath((await gitDirOf(path)).commonDir));
  return change(folders, () => removeKnown(folders));
}

/**
 * Tells the hook of a repository where to post from now on; cheap enough for each repository at each start. A hook that
 * signs with another secret was installed for another server, which would hear nothing any more: it is left alone.
 * @param gitDir its git folder, or that of one of its work trees.
 * @returns whether there is a hook of ours to tell.
 * @throws {InstallError} if the file may not be written.
 */
export async function renewUrl(gitDir: string, url: string, secret: string): Promise<boolean> {
  const common = resolve(gitDir, (await readIfThere(join(gitDir, 'commondir')))?.replace(/\n$/, '') ?? '.');
  const { box } = foldersOf(common);
  const path = join(box, 'url');
  try {
    const found = await lstat(path).catch(orNothing);
    if (found === undefined || (await readIfThere(join(box, 'secret'))) !== `${secret}\n`) return false;
    await putFile(path, urlText(url), { mode: found.mode & 0o777, owner: { userId: found.uid, groupId: found.gid } });
    return true;
  } catch (error) {
    throw explainRefusal(error, common);
  }
}

/**
 * Where git looks for hooks, if it passes over those that are installed because core.hooksPath was set after them.
 * @throws {NotARepositoryError} if `path` is in none.
 * @throws {InstallError} if git does not trust its owner.
 */
export async function findOverride(path: string): Promise<string | undefined> {
  const target = await findTarget(path);
  const known = await readManifest(target);
  return known?.isRedirected === false && target.isRedirected ? target.next : undefined;
}

/**
 * Has the work tree a core.hooksPath of its own, so that git calls no hook of ours in it?
 * @throws {NotARepositoryError} if `path` is in none.
 */
export async function isPassedOver(path: string): Promise<boolean> {
  return (await findTarget(path)).isOverridden;
}

async function removeKnown(folders: InstallFolders): Promise<InstallStep[]> {
  const known = await readManifest(folders);
  return known === undefined ? [] : removeAll(folders, known);
}

/** Alone in the repository; what the system refuses is said in words. */
async function change(folders: InstallFolders, work: () => Promise<InstallStep[]>): Promise<InstallReport> {
  try {
    return reportOf(folders.commonDir, await withLock(folders, work));
  } catch (error) {
    throw explainRefusal(error, folders.commonDir);
  }
}
