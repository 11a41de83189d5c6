import { CiError } from '../support/ci-error.ts';
import { parseTree, type TreeObjectEntry } from './tree.ts';
import { type FileNode, type FolderNode, isFolder, pathIn, type TreeNode } from './work-tree.ts';

/** A tree holds a name that must never be written to a disk. */
export class UnsafeTreeError extends CiError {
  override readonly name = 'UnsafeTreeError';
  readonly code = 'E_UNSAFE_TREE';
  constructor(tree: string, name: string) {
    super(
      `the tree ${tree} has an entry named ${JSON.stringify(name)}, which git itself would not make, probably to ` +
        'attack whoever checks it out; do not run it',
    );
  }
}

/** Gives the data of a tree object. */
export type ReadTree = (sha: string) => Promise<Buffer>;

/** What a work tree becomes, and what of the old one has to go first. */
export interface Graft {
  readonly root: FolderNode;
  readonly gone: readonly TreeNode[];
}

/**
 * Works out what a work tree has to become to hold `tree`, without touching anything: nodes that stay are the same
 * objects, new ones wait to be written. Only the folders that differ are read.
 */
export async function graft(old: FolderNode, tree: string, read: ReadTree): Promise<Graft> {
  const gone: TreeNode[] = [];
  return { root: await graftFolder(old, tree, read, gone), gone };
}

async function graftFolder(old: FolderNode, sha: string, read: ReadTree, gone: TreeNode[]): Promise<FolderNode> {
  if (old.sha === sha) return old;
  const entries = parseTree(await read(sha), sha.length / 2, 'latin1');
  const names = new Set(entries.map((entry) => entry.name));
  if (names.size !== entries.length) throw new UnsafeTreeError(sha, 'the same name twice');
  const children = await Promise.all(
    entries.map(async (entry): Promise<[string, TreeNode]> => {
      if (!isSafeName(entry.name)) throw new UnsafeTreeError(sha, entry.name);
      return [entry.name, await graftEntry(old, entry, read, gone)];
    }),
  );
  for (const child of old.children.values()) if (!names.has(child.name)) gone.push(child);
  return { ...old, sha, children: new Map(children), stat: undefined };
}

async function graftEntry(
  parent: FolderNode,
  entry: TreeObjectEntry,
  read: ReadTree,
  gone: TreeNode[],
): Promise<TreeNode> {
  const { kind, name, sha } = entry;
  const old = parent.children.get(name);
  if (old?.kind === kind && old.sha === sha) return old;
  const path = old?.path ?? pathIn(parent.path, name);
  if (kind !== 'directory' && kind !== 'submodule') {
    const isThere = old !== undefined && isPlainFile(old) && isPlainFile({ kind }) && old.isThere;
    if (old !== undefined && !isThere) gone.push(old);
    return { kind, name, sha, path, stat: undefined, isThere };
  }
  const stays = old !== undefined && isFolder(old) && old.kind === kind;
  if (old !== undefined && !stays) gone.push(old);
  const empty: FolderNode = { kind, name, sha: '', path, children: new Map(), stat: undefined, isThere: false };
  const folder = stays ? old : empty;
  return kind === 'submodule' ? { ...folder, sha } : graftFolder(folder, sha, read, gone);
}

function isPlainFile<T extends { readonly kind: TreeNode['kind'] }>(node: T): node is T & FileNode {
  return node.kind === 'file' || node.kind === 'executable';
}

/**
 * Would git check it out? Not `.git` in any writing that some file system takes for it (case, `git~1`, ignorable
 * characters of HFS+, trailing dots and blanks), nor what leads out of the folder.
 */
function isSafeName(bytes: string): boolean {
  if (bytes === '' || bytes === '.' || bytes === '..' || /[/\0]/.test(bytes)) return false;
  if (!/git|[^\x20-\x7e]/i.test(bytes)) return true;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  const plain = text.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu, '').replace(/(?:[ .]|:.*)+$/u, '');
  return !/^(?:\.git|git~1)$/i.test(plain);
}
