import type { Stats } from 'node:fs';

/** What the file system said of a file when it was known to be right. Times in milliseconds with fractions. */
export interface FileStat {
  /** The lower 32 bits, as in git's index; so with `ino`. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
  readonly ino: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** False if it changed so shortly before it was looked at that a later change may have left no trace. */
  readonly isSettled: boolean;
}

/** A file, or a symbolic link, of the work tree. Names are bytes, one per character (latin1). */
export interface FileNode {
  readonly kind: 'file' | 'executable' | 'symlink';
  readonly name: string;
  /** Id of its blob. */
  readonly sha: string;
  /** For the file system. */
  readonly path: string | Buffer;
  /** Undefined: it has to be written. */
  stat: FileStat | undefined;
  /** Is there a file of ours, perhaps with other contents, that can be written over? */
  isThere: boolean;
  /** What it holds, where that is not its blob and has to be compared. */
  data?: Buffer;
  /** Its entry in the index, as long as `stat` is the one it was made from. */
  entry?: { readonly stat: FileStat; readonly data: Buffer };
}

/** A folder of the work tree; that of a submodule is empty. */
export interface FolderNode {
  readonly kind: 'directory' | 'submodule';
  readonly name: string;
  /** Id of its tree, or of a submodule's commit; empty where it is not known. */
  readonly sha: string;
  readonly path: string | Buffer;
  /** In the order of a tree object, which is that of the index too. */
  readonly children: ReadonlyMap<string, TreeNode>;
  /** Undefined: its listing has to be compared. */
  stat: FileStat | undefined;
  /** False: it has to be made. */
  isThere: boolean;
}

/** Something in the work tree. */
export type TreeNode = FileNode | FolderNode;

/** The kernel takes the time of a change from a clock that ticks every 1 to 10 ms. */
const TICK_MS = 20;
/** Where times are whole seconds, or so coarse that they look like it. */
const COARSE_TICK_MS = 2_000;

/** Is it a folder (a submodule is one too)? */
export function isFolder(node: TreeNode): node is FolderNode {
  return node.kind === 'directory' || node.kind === 'submodule';
}

/** `st_mode` of a new file, under the umask of this process. */
export function modeOf(kind: FileNode['kind']): number {
  if (kind === 'symlink') return 0o120777;
  return 0o100000 | ((kind === 'executable' ? 0o777 : 0o666) & ~process.umask());
}

/** Keeps what `stats` says; `lookedAtMs` is the wall time of the look (file times are wall times). */
export function statOf(stats: Stats, lookedAtMs = Date.now()): FileStat {
  const { mtimeMs, ctimeMs, mode, uid, gid } = stats;
  const [size, ino] = [stats.size >>> 0, stats.ino >>> 0];
  return { size, mtimeMs, ctimeMs, ino, mode, uid, gid, isSettled: isSettled(ctimeMs, lookedAtMs) };
}

/** Had the last change left the tick of the clock when it was looked at? */
export function isSettled(ctimeMs: number, lookedAtMs: number): boolean {
  const tickMs = Number.isInteger(ctimeMs / 1000) ? COARSE_TICK_MS : TICK_MS;
  return ctimeMs < lookedAtMs - tickMs;
}

/** Nothing was done to it since: nobody can set the time of change back. Fractions of a microsecond are rounded. */
export function isSame(before: FileStat, now: Stats): boolean {
  return (
    Math.abs(before.ctimeMs - now.ctimeMs) < 0.001 &&
    Math.abs(before.mtimeMs - now.mtimeMs) < 0.001 &&
    before.ino === now.ino >>> 0 &&
    before.size === now.size >>> 0 &&
    before.mode === now.mode
  );
}

/** The path of `name` in a folder, for the file system: bytes that are no ASCII have to go in as they are. */
export function pathIn(folder: string | Buffer, name: string): string | Buffer {
  const isPlain = typeof folder === 'string' && !/[^\x20-\x7e]/.test(name);
  if (isPlain) return `${folder}/${name}`;
  return Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`, 'latin1')]);
}

/** Calls `visit` for each node below `folder`, folders before what is in them, in the order of the index. */
export function walk(folder: FolderNode, visit: (node: TreeNode, parent: FolderNode) => void): void {
  for (const child of folder.children.values()) {
    visit(child, folder);
    if (isFolder(child)) walk(child, visit);
  }
}
