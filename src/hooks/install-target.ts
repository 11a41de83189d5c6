import { lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { GitError, runGit } from '../git/git.ts';
import { gitDirOf } from '../git/refs.ts';
import { InstallError } from './install-error.ts';
import { type Owner, orNothing } from './install-file.ts';

/** The folders of a repository that hold what is installed. */
export interface InstallFolders {
  /** The git folder that all work trees share, without symbolic links. */
  readonly commonDir: string;
  /** What the hook needs, secrets among it. */
  readonly box: string;
  /** Hooks that were moved aside; or, where git was led here, all of ours. Holds nothing secret. */
  readonly ourHooks: string;
  /** Git's usual folder of hooks. */
  readonly usualHooks: string;
}

/** A repository, and what stands in the way of a hook in it. */
export interface InstallTarget extends InstallFolders {
  /**
   * core.hooksPath says something, or the usual folder is a link to another place: hooks are there that are not this
   * repository's alone, perhaps tracked, perhaps shared with others. Nothing may be written there.
   */
  readonly isRedirected: boolean;
  /** Where git would look for hooks without us: absolute, or relative to where a hook runs, as it was configured. */
  readonly next: string;
  /** Is `next` the same for all who use the repository, whatever their own configuration says? */
  readonly isNextForAll: boolean;
  /** The work tree that was asked for has a core.hooksPath of its own, which wins over anything set for the repository. */
  readonly isOverridden: boolean;
  /** Does core.sharedRepository let the group in? */
  readonly isShared: boolean;
  /** To whom its files are to belong. */
  readonly owner: Owner;
}

/** Where things are in the repository with this git folder. */
export function foldersOf(commonDir: string): InstallFolders {
  return {
    commonDir,
    box: join(commonDir, 'signalbox'),
    ourHooks: join(commonDir, 'signalbox-hooks'),
    usualHooks: join(commonDir, 'hooks'),
  };
}

/**
 * Looks at the repository that `path` is in, with the eyes of the git of the person who asks.
 * @throws {NotARepositoryError} if there is none.
 * @throws {InstallError} if git does not trust its owner.
 */
export async function findTarget(path: string): Promise<InstallTarget> {
  const { commonDir: found, workTree } = await gitDirOf(path);
  const folders = foldersOf(await realpath(found));
  const cwd = workTree ?? folders.commonDir;
  await assertTrusted(cwd);
  const values = (await askHooksPath(cwd, folders)).filter((value) => value.path !== folders.ourHooks);
  const set = values.filter((value) => value.origin !== 'worktree').at(-1);
  const isUsual = set === undefined || (isAbsolute(set.path) && resolve(set.path) === folders.usualHooks);
  const isLink = (await lstat(folders.usualHooks).catch(orNothing))?.isSymbolicLink() ?? false;
  const isShared = letsGroupIn((await askConfig(cwd, ['--get', 'core.sharedRepository'])).slice(0, -1));
  return {
    ...folders,
    isRedirected: !isUsual || isLink,
    next: isUsual ? folders.usualHooks : set.path,
    isNextForAll: set === undefined || set.origin === 'repository' || !isShared,
    isOverridden: values.at(-1)?.origin === 'worktree',
    isShared,
    owner: await ownerOf(folders.commonDir, isShared),
  };
}

/** Its group where that is to read; and its owner where root works for them, or they could not change it any more. */
async function ownerOf(commonDir: string, isShared: boolean): Promise<Owner> {
  const { uid, gid } = await stat(commonDir);
  const isRoot = process.geteuid?.() === 0;
  return { userId: isRoot ? uid : null, groupId: isRoot || isShared ? gid : null };
}

interface HooksPath {
  readonly path: string;
  readonly origin: 'repository' | 'worktree' | 'elsewhere';
}

/** All values of core.hooksPath, the one that counts last; those of a command line end with it, so they are left out. */
async function askHooksPath(cwd: string, folders: InstallFolders): Promise<HooksPath[]> {
  const output = await askConfig(cwd, ['--show-origin', '--path', '--get-all', 'core.hooksPath']);
  const fields = output.split('\0'); // ORIGIN NUL VALUE NUL ...
  const values: HooksPath[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [origin, path] = [`${fields[at]}`, `${fields[at + 1]}`];
    if (!origin.startsWith('file:') || path === '') continue;
    const file = resolve(cwd, origin.slice('file:'.length));
    const isWorktree = file.endsWith('/config.worktree');
    const isRepository = file === join(folders.commonDir, 'config');
    values.push({ path, origin: isWorktree ? 'worktree' : isRepository ? 'repository' : 'elsewhere' });
  }
  return values;
}

/** core.sharedRepository as git reads it, as far as the group goes. */
function letsGroupIn(value: string): boolean {
  if (/^0[0-7]+$/.test(value)) return (Number.parseInt(value, 8) & 0o040) !== 0;
  return ['group', 'true', 'yes', 'on', '1', 'all', 'world', 'everybody', '2'].includes(value.toLowerCase());
}

async function askConfig(cwd: string, args: readonly string[]): Promise<string> {
  try {
    return String(await runGit(['config', '-z', ...args], { cwd, asUser: true }));
  } catch (error) {
    if (error instanceof GitError && error.status === 1) return ''; // it is not set
    throw error;
  }
}

async function assertTrusted(folder: string): Promise<void> {
  try {
    await runGit(['rev-parse', '--git-dir'], { cwd: folder, asUser: true });
  } catch (cause) {
    if (!(cause instanceof GitError) || !/dubious ownership|unsafe repository/.test(cause.detail)) throw cause;
    throw new InstallError(
      `the hooks of ${folder} cannot be changed, because it belongs to another user and git does not trust it; ` +
        `run the command as its owner, or first: git config --global --add safe.directory '${folder}'`,
      { cause },
    );
  }
}
