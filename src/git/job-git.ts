import { quotePath } from './git-env.ts';
import { inspect } from './inspect.ts';
import { configOf } from './own-git.ts';
import type { Trash } from './trash.ts';
import { type FolderNode, isFolder, pathIn, type TreeNode, walk } from './work-tree.ts';
import { makeFolders, writeNode } from './write-files.ts';

/** What the `.git` of a job is made of. */
export interface JobGitContents {
  readonly sha: string;
  /** Object folders to read from. */
  readonly objects: readonly string[];
  /** The index of the work tree as it is, so that the job finds it clean. */
  readonly index: Buffer;
  /** Commits whose parents are not here. */
  readonly shallow: string;
}

/**
 * The `.git` that a job finds: a real one, with HEAD detached at its commit, in which the job may do as it likes. The
 * next job finds nothing of that. Plain files: git would take longer to start than this takes.
 */
export class JobGit {
  readonly #trash: Trash;
  readonly #git: OpenFolder;
  readonly #info: OpenFolder;

  constructor(work: string, trash: Trash) {
    this.#trash = trash;
    this.#git = folderAt(`${work}/.git`, '.git');
    const objects = addFolder(this.#git, 'objects');
    this.#info = addFolder(objects, 'info');
    addFolder(this.#git, 'refs');
  }

  /** Makes it, or brings what {@link clean} has left of it to these contents. */
  write({ sha, objects, index, shallow }: JobGitContents): void {
    put(this.#git, 'HEAD', `${sha}\n`);
    put(this.#git, 'config', configOf(sha.length / 2, '\tlogallrefupdates = true\n'));
    put(this.#git, 'index', index);
    put(this.#info, 'alternates', objects.map((folder) => `${quotePath(folder)}\n`).join(''));
    if (shallow !== '') put(this.#git, 'shallow', shallow);
    else if (this.#git.children.delete('shallow')) this.#trash.remove(pathIn(this.#git.path, 'shallow'));
    const work = { ...this.#git, children: new Map([['.git', this.#git]]) };
    makeFolders(work);
    walk(work, (node) => {
      if (!isFolder(node) && node.stat === undefined && node.data !== undefined) writeNode(node, node.data);
    });
  }

  /** Takes away what a job did to it; what was not touched stays, which is faster than to make it anew. */
  async clean(): Promise<void> {
    await inspect(this.#git, this.#trash);
  }
}

interface OpenFolder extends FolderNode {
  readonly children: Map<string, TreeNode>;
}

function folderAt(path: string | Buffer, name: string): OpenFolder {
  return { kind: 'directory', name, sha: '', path, children: new Map(), stat: undefined, isThere: false };
}

function addFolder(parent: OpenFolder, name: string): OpenFolder {
  const folder = folderAt(pathIn(parent.path, name), name);
  parent.children.set(name, folder);
  return folder;
}

function put(folder: OpenFolder, name: string, contents: string | Buffer): void {
  const old = folder.children.get(name);
  const data = Buffer.from(contents);
  if (old !== undefined && !isFolder(old) && old.data?.equals(data)) return;
  const isThere = old?.isThere ?? false;
  folder.children.set(name, {
    kind: 'file',
    name,
    sha: '',
    path: pathIn(folder.path, name),
    stat: undefined,
    isThere,
    data,
  });
}
