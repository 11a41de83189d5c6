import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  readlink,
  rename,
  rm,
  rmdir,
  symlink,
} from 'node:fs/promises';

/** Whom a file is given to; null: as the system does. */
export interface Owner {
  readonly userId: number | null;
  readonly groupId: number | null;
}

/** Who may read what is written. */
export interface Access {
  readonly mode: number;
  readonly owner: Owner;
}

/**
 * Makes `path` hold exactly `content`, in one step that a crash cannot cut in two; writes nothing if it does already.
 * @returns what had to be done.
 */
export async function putFile(
  path: string,
  content: string | Buffer,
  access: Access,
): Promise<'same' | 'new' | 'renewed'> {
  const found = await lstat(path).catch(orNothing);
  const wanted = Buffer.from(content);
  if (found?.isFile() && (found.mode & 0o777) === access.mode && wanted.equals(await readFile(path))) return 'same';
  const aside = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeNew(aside, wanted, access);
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
  return found === undefined ? 'new' : 'renewed';
}

async function writeNew(path: string, content: Buffer, access: Access): Promise<void> {
  const file = await open(path, 'wx', 0o600); // nobody else may look until the rights are as wanted
  try {
    await file.writeFile(content);
    await giveTo(path, access.owner);
    await file.chmod(access.mode);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the folder `path`, if it is not there, with these rights. @returns whether anything had to be done. */
export async function putFolder(path: string, access: Access): Promise<boolean> {
  const isNew = (await mkdir(path, { mode: 0o700 }).catch(orExists)) === undefined;
  await giveTo(path, access.owner);
  if (((await lstat(path)).mode & 0o777) === access.mode) return isNew;
  await chmod(path, access.mode);
  return true;
}

/**
 * Gives what is at `from` a second name, with the same content, rights and times; a symbolic link stays one.
 * @throws if there is something at `to` already (EEXIST), which is left as it is.
 */
export async function keepAs(from: string, to: string): Promise<void> {
  if ((await lstat(from)).isSymbolicLink()) return symlink(await readlink(from), to);
  await link(from, to).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw error;
    await copyFile(from, to, constants.COPYFILE_EXCL); // a file system without hard links
  });
}

/** Is there something at `path`, be it a link to nowhere? */
export async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(orNothing)) !== undefined;
}

/** The text of a file; undefined if there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(orNothing);
}

/** Removes a folder, unless there is something in it or it is gone. */
export async function removeIfEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(error.code ?? '')) throw error;
  });
}

/** For `catch`: a file that is not there is no error. */
export function orNothing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
}

function orExists(error: NodeJS.ErrnoException): 'exists' {
  if (error.code !== 'EEXIST') throw error;
  return 'exists';
}

/** Gives a file away, as far as the system lets us: who is not in a group cannot give it files. */
export async function giveTo(path: string, owner: Owner): Promise<void> {
  const { uid, gid } = await lstat(path);
  const [userId, groupId] = [owner.userId ?? uid, owner.groupId ?? gid];
  if (userId === uid && groupId === gid) return;
  await chown(path, userId, groupId).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPERM') throw error;
  });
}
