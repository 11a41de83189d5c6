import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { CommitNotFoundError } from './git.ts';
import type { ObjectReader } from './object-reader.ts';
import { type FileNode, type FolderNode, isFolder, modeOf, statOf, walk } from './work-tree.ts';

/** Beyond this many files git is faster than we are, and does it beside the event loop. */
export const MAX_FILES_AT_ONCE = 400;
/** Larger files are left to git, which does not hold them in memory. */
const MAX_FILE_BYTES = 8 * 1024 * 1024;
const FILES_READ_TOGETHER = 16;

/** The files of a work tree that wait to be written. */
export function waitingFiles(root: FolderNode): FileNode[] {
  const files: FileNode[] = [];
  walk(root, (node) => {
    if (!isFolder(node) && node.stat === undefined) files.push(node);
  });
  return files;
}

/**
 * Makes the folders that are missing and writes `files`, which must not be there. False, with some of it done, if one of
 * them is too large to be held in memory. @throws {CommitNotFoundError} if a blob is missing.
 */
export async function writeFiles(root: FolderNode, files: readonly FileNode[], reader: ObjectReader): Promise<boolean> {
  makeFolders(root);
  for (let at = 0; at < files.length; at += FILES_READ_TOGETHER) {
    const some = files.slice(at, at + FILES_READ_TOGETHER);
    const objects = await Promise.all(some.map((file) => reader.object(file.sha, MAX_FILE_BYTES)));
    for (const [index, file] of some.entries()) {
      const object = objects[index];
      if (object === undefined) throw new CommitNotFoundError(file.sha, 'the repository (it is a file)');
      if (object.data === undefined) return false;
      writeNode(file, object.data);
    }
  }
  return true;
}

/** Makes the folders below `root` that are missing. */
export function makeFolders(root: FolderNode): void {
  walk(root, (node) => {
    if (!isFolder(node) || node.isThere) return;
    mkdirSync(node.path);
    node.isThere = true;
    node.stat = undefined;
  });
}

/**
 * Writes one file. One that is there and ours is written over: to make and delete files again and again becomes slow,
 * since ext4 looks past every inode that was deleted in the last minutes. Never through a link.
 */
export function writeNode(file: FileNode, data: Buffer): void {
  if (file.kind === 'symlink') {
    symlinkSync(data, file.path);
    file.stat = statOf(lstatSync(file.path));
    file.isThere = true;
    return;
  }
  if (file.isThere && writeOver(file, data)) return;
  if (file.isThere) unlinkSync(file.path);
  const descriptor = openSync(file.path, 'wx', modeOf(file.kind) & 0o777);
  try {
    writeAll(descriptor, data);
    file.stat = statOf(fstatSync(descriptor));
    file.isThere = true;
  } finally {
    closeSync(descriptor);
  }
}

/** Truncated at the end and not at the beginning, which would make ext4 wait for the disk. */
function writeOver(file: FileNode, data: Buffer): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(file.path, constants.O_WRONLY | constants.O_NOFOLLOW);
    const found = fstatSync(descriptor);
    if (!found.isFile() || found.nlink !== 1) return false;
    if (found.mode !== modeOf(file.kind)) fchmodSync(descriptor, modeOf(file.kind) & 0o777);
    writeAll(descriptor, data);
    if (found.size !== data.length) ftruncateSync(descriptor, data.length);
    file.stat = statOf(fstatSync(descriptor));
    return true;
  } catch {
    return false; // a program that runs, for instance: then it is replaced
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function writeAll(descriptor: number, data: Buffer): void {
  for (let at = 0; at < data.length; ) at += writeSync(descriptor, data, at, data.length - at, at);
}
