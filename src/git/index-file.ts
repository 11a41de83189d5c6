import { createHash } from 'node:crypto';
import {
  type FileNode,
  type FileStat,
  type FolderNode,
  isFolder,
  isSettled,
  modeOf,
  pathIn,
  type TreeNode,
} from './work-tree.ts';

/*
 * Git's index, version 2 (gitformat-index): a header, the entries in the order of their paths, the extension TREE with
 * the ids of the folders, a checksum. We write it, so that `git status` in a job finds the files as it left them, and
 * read what git or we have written.
 */
const ENTRY_BYTES = 40;
const MODES = { file: 0o100644, executable: 0o100755, symlink: 0o120000, submodule: 0o160000 } as const;

/** Writes the index of a work tree. `shaBytes`: 20 or 32. */
export function encodeIndex(root: FolderNode, shaBytes: number): Buffer {
  const entries: Buffer[] = [];
  const tree: Buffer[] = [];
  addFolder(root, '', shaBytes, entries, tree);
  const header = Buffer.alloc(12);
  header.write('DIRC', 'latin1');
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(entries.length, 8);
  const extension = tree.length > 0 ? [extensionHeader(tree), ...tree] : [];
  const body = Buffer.concat([header, ...entries, ...extension]);
  const checksum = createHash(shaBytes === 20 ? 'sha1' : 'sha256')
    .update(body)
    .digest();
  return Buffer.concat([body, checksum]);
}

/**
 * Reads an index into the work tree under `path`. Entries whose file changed shortly before `writtenAtMs`, when the
 * index was written, are not settled. Undefined if it is damaged, or of a kind that we do not write.
 */
export function decodeIndex(data: Buffer, path: string, shaBytes: number, writtenAtMs: number): FolderNode | undefined {
  try {
    return decode(data, path, shaBytes, writtenAtMs);
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it ends too early
    throw error;
  }
}

/** Adds the entries of a folder; gives how many, and puts its record before those of the folders in it. */
function addFolder(folder: FolderNode, prefix: string, shaBytes: number, entries: Buffer[], tree: Buffer[]): number {
  const [first, place] = [entries.length, tree.length];
  tree.push(Buffer.alloc(0));
  let folders = 0;
  for (const child of folder.children.values()) {
    if (child.kind === 'directory') {
      folders++;
      addFolder(child, `${prefix}${child.name}/`, shaBytes, entries, tree);
    } else entries.push(entryOf(child, prefix + child.name, shaBytes));
  }
  const count = entries.length - first;
  const isKnown = folder.sha.length === shaBytes * 2;
  const label = `${folder.name}\0${isKnown ? count : -1} ${folders}\n`;
  tree[place] = Buffer.from(label + (isKnown ? Buffer.from(folder.sha, 'hex').toString('latin1') : ''), 'latin1');
  return count;
}

/** Most of a work tree stays as it is, and to write an entry takes as long as to look at its file. */
function entryOf(node: TreeNode, path: string, shaBytes: number): Buffer {
  if (isFolder(node) || node.stat === undefined) return makeEntry(node, path, shaBytes);
  if (node.entry?.stat !== node.stat) node.entry = { stat: node.stat, data: makeEntry(node, path, shaBytes) };
  return node.entry.data;
}

function makeEntry(node: TreeNode, path: string, shaBytes: number): Buffer {
  const flagsAt = ENTRY_BYTES + shaBytes;
  const pathAt = flagsAt + 2;
  const entry = Buffer.alloc((pathAt + path.length + 8) & ~7);
  if (!isFolder(node) && node.stat !== undefined) writeStat(entry, node.stat);
  entry.writeUInt32BE(MODES[node.kind as keyof typeof MODES], 24);
  entry.write(node.sha, ENTRY_BYTES, 'hex');
  entry.writeUInt16BE(Math.min(path.length, 0xfff), flagsAt);
  entry.write(path, pathAt, 'latin1');
  return entry;
}

function writeStat(entry: Buffer, stat: FileStat): void {
  const times = [stat.ctimeMs, stat.mtimeMs];
  for (const [index, ms] of times.entries()) {
    const seconds = Math.floor(ms / 1000);
    entry.writeUInt32BE(seconds >>> 0, index * 8);
    entry.writeUInt32BE(Math.max(0, Math.min(Math.round((ms - seconds * 1000) * 1e6), 999_999_999)), index * 8 + 4);
  }
  entry.writeUInt32BE(stat.ino, 20);
  entry.writeUInt32BE(stat.uid, 28);
  entry.writeUInt32BE(stat.gid, 32);
  entry.writeUInt32BE(stat.size, 36);
}

function extensionHeader(parts: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(8);
  header.write('TREE', 'latin1');
  header.writeUInt32BE(
    parts.reduce((sum, part) => sum + part.length, 0),
    4,
  );
  return header;
}

interface Growing extends FolderNode {
  readonly children: Map<string, TreeNode>;
  sha: string;
}

function decode(data: Buffer, path: string, shaBytes: number, writtenAtMs: number): FolderNode | undefined {
  if (data.toString('latin1', 0, 4) !== 'DIRC' || data.readUInt32BE(4) !== 2 || !hasChecksum(data, shaBytes))
    return undefined;
  const root = growing('', path);
  const folders = new Map<string, Growing>([['', root]]);
  let at = 12;
  for (let left = data.readUInt32BE(8); left > 0; left--) {
    const pathAt = at + ENTRY_BYTES + shaBytes + 2;
    const end = data.indexOf(0, pathAt);
    if (data.readUInt16BE(pathAt - 2) & 0xf000) return undefined; // a merge, or flags that we never set
    addEntry(data.subarray(at, end), data.toString('latin1', pathAt, end), shaBytes, writtenAtMs, folders);
    at += (end - at + 8) & ~7;
  }
  readTreeIds(data.subarray(at, data.length - shaBytes), shaBytes, root);
  return root;
}

function hasChecksum(data: Buffer, shaBytes: number): boolean {
  const hash = createHash(shaBytes === 20 ? 'sha1' : 'sha256').update(data.subarray(0, -shaBytes));
  return hash.digest().equals(data.subarray(-shaBytes));
}

function growing(name: string, path: string | Buffer): Growing {
  return { kind: 'directory', name, sha: '', path, children: new Map(), stat: undefined, isThere: true };
}

function folderAt(path: string, folders: Map<string, Growing>): Growing {
  const known = folders.get(path);
  if (known !== undefined) return known;
  const slash = path.lastIndexOf('/');
  const parent = folderAt(path.slice(0, Math.max(slash, 0)), folders);
  const folder = growing(path.slice(slash + 1), pathIn(parent.path, path.slice(slash + 1)));
  parent.children.set(folder.name, folder);
  folders.set(path, folder);
  return folder;
}

function addEntry(
  entry: Buffer,
  path: string,
  shaBytes: number,
  writtenAtMs: number,
  folders: Map<string, Growing>,
): void {
  const slash = path.lastIndexOf('/');
  const folder = folderAt(path.slice(0, Math.max(slash, 0)), folders);
  const name = path.slice(slash + 1);
  const sha = entry.toString('hex', ENTRY_BYTES, ENTRY_BYTES + shaBytes);
  const mode = entry.readUInt32BE(24);
  const where = pathIn(folder.path, name);
  if (mode === MODES.submodule) {
    folder.children.set(name, { ...growing(name, where), kind: 'submodule', sha });
    return;
  }
  const kind = mode === MODES.symlink ? 'symlink' : mode === MODES.executable ? 'executable' : 'file';
  const node: FileNode = { kind, name, sha, path: where, stat: readStat(entry, kind, writtenAtMs), isThere: true };
  folder.children.set(name, node);
}

/** The index keeps no permissions: those that we give are taken, and others are found when the file is looked at. */
function readStat(entry: Buffer, kind: FileNode['kind'], writtenAtMs: number): FileStat {
  const time = (at: number) => entry.readUInt32BE(at) * 1000 + entry.readUInt32BE(at + 4) / 1e6;
  const ctimeMs = time(0);
  return {
    size: entry.readUInt32BE(36),
    mtimeMs: time(8),
    ctimeMs,
    ino: entry.readUInt32BE(20),
    mode: modeOf(kind),
    uid: entry.readUInt32BE(28),
    gid: entry.readUInt32BE(32),
    isSettled: isSettled(ctimeMs, writtenAtMs),
  };
}

/** TREE: `<name>\0<entries> <folders>\n<id>`, a folder before those in it; no id where entries are -1. */
function readTreeIds(extensions: Buffer, shaBytes: number, root: Growing): void {
  for (let at = 0; at + 8 <= extensions.length; ) {
    const size = extensions.readUInt32BE(at + 4);
    if (extensions.toString('latin1', at, at + 4) === 'TREE')
      readTreeRecord(extensions.subarray(at + 8, at + 8 + size), 0, shaBytes, root);
    at += 8 + size;
  }
}

function readTreeRecord(data: Buffer, start: number, shaBytes: number, folder: Growing | undefined): number {
  const [zero, line] = [data.indexOf(0, start), data.indexOf(10, start)];
  if (zero < 0 || line < 0) throw new RangeError('the extension ends too early');
  const [entries, folders] = data
    .toString('latin1', zero + 1, line)
    .split(' ')
    .map(Number);
  let at = line + 1;
  if (entries !== -1) {
    if (folder !== undefined) folder.sha = data.toString('hex', at, at + shaBytes);
    at += shaBytes;
  }
  for (let left = folders ?? 0; left > 0; left--) {
    const name = data.toString('latin1', at, data.indexOf(0, at));
    const child = folder?.children.get(name);
    at = readTreeRecord(data, at, shaBytes, child?.kind === 'directory' ? (child as Growing) : undefined);
  }
  return at;
}
