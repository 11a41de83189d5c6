import { lstat, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError, runGit } from '../git/git.ts';
import { InstallError } from './install-error.ts';
import { giveTo } from './install-file.ts';
import type { InstallFolders } from './install-target.ts';

/** In our folder of hooks: the file that sets core.hooksPath, by including it. */
export const CONFIG_FILE = 'signalbox.config';

const INCLUDED = `signalbox-hooks/${CONFIG_FILE}`;

const NEWLINE = 0x0a;

/** What to put into the configuration of a repository. */
export interface ConfigWish {
  readonly home: string;
  /** Shall git look for hooks in our folder? */
  readonly isRedirected: boolean;
}

/**
 * The lines that are added to the end of `<git folder>/config`. `core.hooksPath` is set in a file that these lines
 * include: being last it wins, also when husky sets its own again at the next `npm install`; and the file itself has no
 * second core.hooksPath, on which `git config core.hooksPath` would stumble. A repository that was moved or copied is
 * no longer at the path of the condition: then git finds the hooks that it found before.
 */
export function configBlock(folders: InstallFolders, wish: ConfigWish): string {
  const home = `[signalbox]\n\thome = ${quote(wish.home)}\n`;
  if (!wish.isRedirected) return home;
  const headings = conditions(folders.commonDir).map((condition) =>
    condition === null ? '[include]' : `[includeIf ${quote(`gitdir:${condition}`)}]`,
  );
  return home + headings.map((heading) => `${heading}\n\tpath = ${INCLUDED}\n`).join('');
}

/** The file that these lines include. */
export function includedConfig(folders: InstallFolders): string {
  return `[core]\n\thooksPath = ${quote(folders.ourHooks)}\n`;
}

/** For the git folder itself, and for those of linked work trees inside it; null: always, since none can hold a newline. */
function conditions(commonDir: string): (string | null)[] {
  if (commonDir.includes('\n')) return [null];
  const pattern = commonDir.replace(/[\\*?[\]]/g, '\\$&');
  return [pattern, `${pattern}/`];
}

function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
}

/** The block as it has to be added: with a newline before it where the file does not end in one. */
export async function blockToAdd(folders: InstallFolders, block: string): Promise<string> {
  const before = await readFile(configOf(folders));
  return before.length > 0 && before.at(-1) !== NEWLINE ? `\n${block}` : block;
}

/** Adds it to the end of the configuration. */
export async function addBlock(folders: InstallFolders, block: string): Promise<void> {
  await editConfig(folders, (before) => Buffer.concat([before, Buffer.from(block)]));
}

/** Are these lines in the configuration as they were added, with nothing more in their last section? */
export async function hasBlock(folders: InstallFolders, block: string): Promise<boolean> {
  return without(await readFile(configOf(folders)), block) !== undefined;
}

/**
 * Takes the block away again, byte for byte. If others have changed its lines since, each setting goes by itself.
 */
export async function removeBlock(folders: InstallFolders, block: string): Promise<void> {
  if (!(await hasBlock(folders, block))) return unsetAll(folders);
  await editConfig(folders, (before) => without(before, block) ?? before);
}

/** What is left without the block; undefined if it is not there, or if lines after it would fall to another section. */
function without(text: Buffer, block: string): Buffer | undefined {
  const at = text.lastIndexOf(block);
  const rest = text.subarray(at + Buffer.byteLength(block));
  const isWhole = at >= 0 && /^\s*(?:[#;].*\n\s*)*(?:\[|$)/.test(rest.toString('latin1'));
  return isWhole ? Buffer.concat([text.subarray(0, at), rest]) : undefined;
}

async function unsetAll(folders: InstallFolders): Promise<void> {
  await unset(folders, 'signalbox.home');
  for (const condition of conditions(folders.commonDir)) {
    await unset(folders, condition === null ? 'include.path' : `includeIf.gitdir:${condition}.path`, INCLUDED);
  }
}

/** Takes no lock if there is nothing to unset. */
async function unset(folders: InstallFolders, name: string, value?: string): Promise<void> {
  const ask = (action: string) => {
    const exactly = value === undefined ? [] : ['--fixed-value'];
    return runGit(['config', '--file', configOf(folders), ...exactly, action, name, ...(value ? [value] : [])]);
  };
  const isSet = await ask('--get-all').catch((error) => {
    if (!(error instanceof GitError) || error.status !== 1) throw error; // 1: it is not set
    return null;
  });
  if (isSet !== null) await ask('--unset-all');
}

function configOf(folders: InstallFolders): string {
  return join(folders.commonDir, 'config');
}

/** Changes the file under the lock that git itself takes (`config.lock`), in one step. */
async function editConfig(folders: InstallFolders, edit: (before: Buffer) => Buffer): Promise<void> {
  const path = await realpath(configOf(folders));
  const lock = `${path}.lock`;
  const file = await open(lock, 'wx', 0o600).catch((cause) => Promise.reject(explainLock(cause, path, lock)));
  try {
    const before = await readFile(path);
    await file.writeFile(edit(before));
    const found = await lstat(path);
    await giveTo(lock, { userId: found.uid, groupId: found.gid });
    await file.chmod(found.mode & 0o7777);
    await file.sync();
  } catch (error) {
    await rm(lock);
    throw error;
  } finally {
    await file.close();
  }
  await rename(lock, path); // after this a lock of that name may be another's
}

function explainLock(cause: NodeJS.ErrnoException, path: string, lock: string): unknown {
  if (cause.code !== 'EEXIST') return cause;
  return new InstallError(
    `${path} cannot be changed, because ${lock} is there: another git is at work, or one has crashed; ` +
      'try again, and if nothing is at work remove that file',
    { cause },
  );
}
