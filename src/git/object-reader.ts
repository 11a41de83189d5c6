import type { TreeEntry, TreeReader } from '../model/plan.ts';
import { SHA_PATTERN } from '../model/push.ts';
import { CatFile, type GitObject } from './cat-file.ts';
import { type CommitObject, parseCommit } from './commit-object.ts';
import { CommitNotFoundError, ObjectMissingError } from './git.ts';
import { parseTree, type TreeObjectEntry } from './tree.ts';

export type { GitObject } from './cat-file.ts';
export type { CommitObject } from './commit-object.ts';

/** Where objects are read from. */
export interface ObjectReaderOptions {
  readonly gitDir: string;
  /** Object folders to read from beside the repository's own. */
  readonly objects?: readonly string[];
  /** How long the git process waits for more to do, in milliseconds. Default 60 000. */
  readonly idleMs?: number;
}

const MAX_FILE_BYTES = 1024 * 1024;
const MAX_COMMIT_BYTES = 16 * 1024 * 1024;

/**
 * Reads commits, trees and files without a process for each: one `git cat-file --batch` answers, is started at the
 * first question, and ends when it had nothing to do for `idleMs`. Safe to use concurrently.
 */
export class ObjectReader {
  readonly #gitDir: string;
  readonly #options: ObjectReaderOptions;
  #catFile: CatFile | undefined;

  constructor(options: ObjectReaderOptions) {
    this.#options = options;
    this.#gitDir = options.gitDir;
  }

  /** Reads a commit by its full id. @throws {CommitNotFoundError} if it is not there. */
  async commit(sha: string): Promise<CommitObject> {
    const found = SHA_PATTERN.test(sha) ? await this.#read(sha, MAX_COMMIT_BYTES) : undefined;
    if (found?.type !== 'commit' || found.data === undefined) throw new CommitNotFoundError(sha, this.#gitDir);
    return parseCommit(sha, found.data);
  }

  /** Reads any object by its full id; undefined if it is not there. Data beyond `maxBytes` is left out. */
  object(sha: string, maxBytes: number): Promise<GitObject | undefined> {
    return this.#read(sha, maxBytes);
  }

  /**
   * Reads the files of a tree by its full id. What was listed once is kept as long as the reader.
   * Its functions throw {@link ObjectMissingError} where the repository lacks what it should hold.
   */
  treeReader(tree: string): TreeReader {
    const folders = new Map<string, Promise<TreeObjectEntry[]>>();
    const listTree = async (sha: string) => {
      const found = await this.#need(sha, Number.MAX_SAFE_INTEGER);
      return found.type === 'tree' && found.data ? parseTree(found.data, sha.length / 2) : [];
    };
    const list = (path: string): Promise<TreeObjectEntry[]> => {
      const known = folders.get(path) ?? (path === '' ? listTree(tree) : this.#listBelow(path, list, listTree));
      folders.set(path, known);
      return known;
    };
    return {
      list: async (directory) =>
        (await list(trimSlashes(directory))).map(({ name, kind, sha: id }): TreeEntry => ({ name, kind, id })),
      read: async (path) => this.#readFile(trimSlashes(path), ['file', 'executable'], list),
      readLink: async (path) => this.#readFile(trimSlashes(path), ['symlink'], list),
    };
  }

  /** Ends the git process. Questions that wait are answered by an error; the reader can be used again. */
  async close(): Promise<void> {
    await this.#catFile?.close();
    this.#catFile = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #listBelow(
    path: string,
    list: (path: string) => Promise<TreeObjectEntry[]>,
    listTree: (sha: string) => Promise<TreeObjectEntry[]>,
  ): Promise<TreeObjectEntry[]> {
    const entry = await entryAt(path, list);
    return entry?.kind === 'directory' ? listTree(entry.sha) : [];
  }

  async #readFile(
    path: string,
    kinds: readonly TreeEntry['kind'][],
    list: (path: string) => Promise<TreeObjectEntry[]>,
  ): Promise<string | undefined> {
    const entry = await entryAt(path, list);
    if (entry === undefined || !kinds.includes(entry.kind)) return undefined;
    const found = await this.#need(entry.sha, MAX_FILE_BYTES);
    return found.type === 'blob' ? found.data?.toString('utf8') : undefined;
  }

  /** What a commit or a tree names is there, or the repository is damaged: that must not look like an empty folder. */
  async #need(sha: string, maxBytes: number): Promise<GitObject> {
    const found = await this.#read(sha, maxBytes);
    if (found === undefined) throw new ObjectMissingError(sha, this.#gitDir);
    return found;
  }

  /** Asks once more with a new process if it is not there: the folders may have got more alternates meanwhile. */
  async #read(sha: string, maxBytes: number): Promise<GitObject | undefined> {
    const first = this.#process();
    const found = await first.read(sha, maxBytes);
    if (found !== undefined || first.answered === 1) return found;
    if (this.#catFile === first) {
      first.retire();
      this.#catFile = undefined;
    }
    return this.#process().read(sha, maxBytes);
  }

  #process(): CatFile {
    if (this.#catFile?.isOpen !== true) this.#catFile = new CatFile(this.#options);
    return this.#catFile;
  }
}

async function entryAt(
  path: string,
  list: (path: string) => Promise<TreeObjectEntry[]>,
): Promise<TreeObjectEntry | undefined> {
  const slash = path.lastIndexOf('/');
  const entries = await list(path.slice(0, Math.max(slash, 0)));
  return entries.find((entry) => entry.name === path.slice(slash + 1));
}

function trimSlashes(path: string): string {
  return path.replace(/^(?:\.?\/)+|\/+$/g, '').replace(/^\.$/, '');
}
