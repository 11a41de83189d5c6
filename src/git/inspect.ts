import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Trash } from './trash.ts';
import { type FileNode, type FolderNode, isFolder, isSame, pathIn, statOf, walk } from './work-tree.ts';

/** After so many looks (about 4 ms) the event loop gets its turn. */
const LOOKS_AT_ONCE = 2000;
/** Contents that may have changed without a trace are compared up to here; larger files are written anew. */
const MAX_COMPARED_BYTES = 4 * 1024 * 1024;

/**
 * Compares a work tree with what it was when it was right, by what the file system tells: the time of change cannot be
 * set back. What does not belong there goes to the trash; what is missing or changed is marked to be written. `except` is
 * a name in `root` that is none of its business. Gives how many things were wrong. Throws what the file system throws
 * when something resists.
 */
export async function inspect(root: FolderNode, trash: Trash, except?: string): Promise<number> {
  const inspector = new Inspector(trash, except === undefined ? undefined : { folder: root, name: except });
  await inspector.look(root);
  return inspector.wrong;
}

class Inspector {
  readonly #trash: Trash;
  readonly #folderMode = 0o777 & ~process.umask();
  #looks = 0;
  readonly #except: { readonly folder: FolderNode; readonly name: string } | undefined;
  wrong = 0;

  constructor(trash: Trash, except: { folder: FolderNode; name: string } | undefined) {
    this.#trash = trash;
    this.#except = except;
  }

  async look(folder: FolderNode): Promise<void> {
    if (!this.#lookAtFolder(folder)) return;
    const folders: FolderNode[] = [];
    for (const child of folder.children.values()) {
      if (isFolder(child)) folders.push(child);
      else if (!this.#lookAtFile(child)) folder.stat = undefined;
    }
    for (const child of folders) {
      await this.look(child);
      if (!child.isThere) folder.stat = undefined;
    }
    if (this.#looks > LOOKS_AT_ONCE) {
      this.#looks = 0;
      await setImmediate();
    }
  }

  /** False if it is not there (any more). */
  #lookAtFolder(folder: FolderNode): boolean {
    this.#looks += 1 + folder.children.size;
    const found = lstatSync(folder.path, { throwIfNoEntry: false });
    if (!found?.isDirectory() || !folder.isThere) {
      this.#lose(folder);
      return false;
    }
    if (!(folder.stat?.isSettled && isSame(folder.stat, found))) this.#compareListing(folder, found);
    return true;
  }

  #compareListing(folder: FolderNode, found: Stats): void {
    const lookedAtMs = Date.now();
    const isOpen = this.#restoreMode(folder, found);
    const spared = this.#except?.folder === folder ? this.#except.name : undefined;
    const names = readdirSync(folder.path, { encoding: 'latin1' });
    const extra = names.filter((name) => !folder.children.has(name) && name !== spared);
    for (const name of extra) this.#trash.remove(pathIn(folder.path, name));
    this.wrong += extra.length;
    folder.stat = isOpen && extra.length === 0 ? statOf(found, lookedAtMs) : undefined;
  }

  #restoreMode(folder: FolderNode, found: Stats): boolean {
    if ((found.mode & 0o1777) === this.#folderMode) return true;
    chmodSync(folder.path, this.#folderMode | (found.mode & 0o2000));
    this.wrong++;
    return false;
  }

  #lose(folder: FolderNode): void {
    this.#trash.remove(folder.path);
    this.wrong++;
    folder.isThere = false;
    walk(folder, (node) => {
      node.stat = undefined;
      node.isThere = false;
    });
  }

  /** False if it is not there, or was not right. */
  #lookAtFile(file: FileNode): boolean {
    const found = lstatSync(file.path, { throwIfNoEntry: false });
    if (file.stat !== undefined && found !== undefined && isSame(file.stat, found)) {
      if (file.stat.isSettled) return true;
      const lookedAtMs = Date.now();
      if (hasContents(file, found)) {
        file.stat = statOf(found, lookedAtMs);
        return true;
      }
    }
    if (found !== undefined) this.#trash.remove(file.path);
    file.stat = undefined;
    file.isThere = false;
    this.wrong++;
    return false;
  }
}

/**
 * Remembers what is in files that were converted when they were checked out just now: should it have to be compared, the
 * blob does not tell.
 */
export function rememberConverted(root: FolderNode): void {
  walk(root, (node) => {
    if (isFolder(node) || node.kind === 'symlink' || node.stat === undefined || node.stat.isSettled) return;
    const found = lstatSync(node.path, { throwIfNoEntry: false });
    if (found?.isFile() && found.size <= MAX_COMPARED_BYTES && !hasContents(node, found))
      node.data = readFileSync(node.path);
  });
}

/** Is what it holds the blob that it was made from? */
function hasContents(file: FileNode, found: Stats): boolean {
  if (found.size > MAX_COMPARED_BYTES) return false;
  const data = file.kind === 'symlink' ? readlinkSync(file.path, { encoding: 'buffer' }) : readFileSync(file.path);
  if (file.data !== undefined) return data.equals(file.data);
  const hash = createHash(file.sha.length === 40 ? 'sha1' : 'sha256')
    .update(`blob ${data.length}\0`)
    .update(data);
  return hash.digest('hex') === file.sha;
}
