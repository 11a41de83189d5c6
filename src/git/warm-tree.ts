import { mkdirSync } from 'node:fs';
import { Attributes } from './attributes.ts';
import { CommitNotFoundError } from './git.ts';
import { graft } from './graft.ts';
import { encodeIndex } from './index-file.ts';
import { inspect, rememberConverted } from './inspect.ts';
import type { ObjectReader } from './object-reader.ts';
import type { OwnGit } from './own-git.ts';
import type { Trash } from './trash.ts';
import { type FolderNode, walk } from './work-tree.ts';
import { MAX_FILES_AT_ONCE, waitingFiles, writeFiles } from './write-files.ts';

/** Where the objects of a checkout are. */
export interface ObjectSource {
  readonly reader: ObjectReader;
  /** Object folders beside those of the workspace's own git folder. */
  readonly objects: readonly string[];
}

/** What the work tree is brought to. */
export interface Target {
  readonly sha: string;
  readonly tree: string;
}

/**
 * A work tree that is brought from one tree to the next by what differs. What it knows of the files is in memory, and
 * in the index of the own git folder for the next start of the program; knowing too little, or something that is not
 * true any more, costs time and nothing else: every file is looked at each time.
 */
export class WarmTree {
  readonly #git: OwnGit;
  readonly #trash: Trash;
  readonly #attributes = new Attributes();
  /** What is on the disk; undefined: not known. */
  #root: FolderNode | undefined;
  /** The rules of conversion of `#root`; undefined: not known. */
  #rules: string | undefined;
  #index: Buffer | undefined;
  #isKept = false;
  /** How much was found to be wrong since it was last right. */
  #wrong = 0;

  constructor(git: OwnGit, trash: Trash) {
    this.#git = git;
    this.#trash = trash;
  }

  /** Is this tree checked out, as far as is known? */
  holds(tree: string | null): boolean {
    return this.#root !== undefined && this.#root.sha === tree;
  }

  /** Does it know anything, perhaps from an earlier start of the program, that can be built upon? */
  isWarm(shaBytes: number): boolean {
    this.#root ??= this.#git.readIndex(shaBytes);
    return this.#root !== undefined && (this.#root.sha === '' || this.#root.sha.length === shaBytes * 2);
  }

  /**
   * Takes away what does not belong there, and finds what is missing or changed. Throws what the file system throws when
   * something resists; then nothing is known any more.
   */
  async clean(): Promise<void> {
    const root = this.#root;
    if (root === undefined) return;
    this.#root = undefined; // until it is known what is there
    this.#wrong += await inspect(root, this.#trash, '.git');
    if (root.isThere) this.#root = root;
  }

  /**
   * Brings to `target` what {@link clean} has left. Gives whether anything had to be done, or undefined if it is better
   * made anew. Throws whatever stands in the way; then nothing is known any more, except where `target` is not there.
   */
  async bring(target: Target, source: ObjectSource): Promise<boolean | undefined> {
    const old = this.#root;
    if (old === undefined) return undefined;
    this.#rules ??= await this.#attributes.rulesOf(old, source.reader);
    const { root, gone } = await graft(old, target.tree, (tree) => readTree(tree, target, source));
    if (root === old && this.#wrong === 0) return false;
    if (root !== old && (await this.#attributes.rulesOf(root, source.reader)) !== this.#rules) return undefined;
    this.#root = undefined; // until it is right
    for (const node of gone) this.#trash.remove(node.path);
    if (root !== old) this.#changed();
    this.#root = await this.#write(root, target.tree, source);
    this.#wrong = 0;
    return true;
  }

  /** Checks out into `work`, which is there and empty. */
  async make(work: string, target: Target, source: ObjectSource): Promise<void> {
    this.forget();
    const name = { kind: 'directory', name: '', sha: '', path: work } as const;
    const empty: FolderNode = { ...name, children: new Map(), stat: undefined, isThere: true };
    const { root } = await graft(empty, target.tree, (tree) => readTree(tree, target, source));
    this.#rules = await this.#attributes.rulesOf(root, source.reader);
    this.#root = await this.#write(root, target.tree, source);
  }

  /** After {@link clean}: writes what is missing, so that the next `bring` has little to do; keeps what it knows on disk. */
  async tidy(source: ObjectSource): Promise<void> {
    const root = this.#root;
    if (root === undefined) return;
    await this.bring({ sha: root.sha, tree: root.sha }, source);
    if (this.#isKept || this.#root === undefined) return;
    this.#git.writeIndex(this.index(root.sha.length / 2));
    this.#isKept = true;
  }

  /** The index of what is checked out. */
  index(shaBytes: number): Buffer {
    if (this.#root === undefined) throw new Error('nothing is checked out');
    this.#index ??= encodeIndex(this.#root, shaBytes);
    return this.#index;
  }

  /** Knows nothing any more. */
  forget(): void {
    this.#root = undefined;
    this.#rules = undefined;
    this.#wrong = 0;
    this.#changed();
  }

  #changed(): void {
    this.#index = undefined;
    this.#isKept = false;
  }

  async #write(root: FolderNode, tree: string, source: ObjectSource): Promise<FolderNode> {
    const files = waitingFiles(root);
    if (files.length > 0) this.#changed();
    const isLong = files.length > MAX_FILES_AT_ONCE || (this.#rules !== '' && files.length > 0);
    if (!isLong && (await writeFiles(root, files, source.reader))) return root;
    this.#changed();
    const made = await this.#git.checkOut(root, tree, source.objects);
    walk(made, (node) => {
      if (node.kind === 'submodule') mkdirSync(node.path, { recursive: true });
    });
    if (this.#rules !== '') rememberConverted(made);
    return made;
  }
}

async function readTree(tree: string, target: Target, source: ObjectSource): Promise<Buffer> {
  const object = await source.reader.object(tree, Number.MAX_SAFE_INTEGER);
  if (object?.type === 'tree' && object.data !== undefined) return object.data;
  throw new CommitNotFoundError(target.sha, `${source.objects.join(' and ')} with all its folders`);
}
