import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { sizeOf } from './disk.ts';
import { CommitNotFoundError, GitMissingError } from './git.ts';
import { UnsafeTreeError } from './graft.ts';
import { JobGit } from './job-git.ts';
import { ObjectReader } from './object-reader.ts';
import { FetchFailedError, type FetchFrom, OwnGit } from './own-git.ts';
import { mountsBelow, Trash, unlock, unmountBelow } from './trash.ts';
import { type ObjectSource, type Target, WarmTree } from './warm-tree.ts';

/** The folder for a job could not be made, although it was tried from scratch. */
export class WorkspaceError extends CiError {
  override readonly name = 'WorkspaceError';
  readonly code = 'E_WORKSPACE';
  constructor(folder: string, cause: unknown) {
    super(
      `the workspace ${folder} cannot be made clean (${messageOf(cause)}), probably because the disk is full or an ` +
        'earlier job left something there that this user cannot remove; make room, or delete the folder by hand',
      { cause },
    );
  }
}

/** What a workspace is brought to. */
export interface Checkout {
  readonly sha: string;
  /** Id of the commit's tree, where it is known: saves a question. */
  readonly tree: string | null;
  /** Object folders; those that are not on this machine are passed over. */
  readonly objects: readonly string[];
  /** Where to get the commit if none of `objects` has it. */
  readonly fetch?: FetchFrom | undefined;
}

/** A workspace that is ready for a job. */
export interface Prepared {
  /** Where the job runs. */
  readonly path: string;
  /** What had to be done: nothing, only what differed, or everything. */
  readonly restored: 'untouched' | 'updated' | 'fresh';
}

/** How long the process that reads objects waits for the next job, in milliseconds. */
const READER_IDLE_MS = 10 * 60_000;

interface Parts {
  readonly folder: string;
  readonly work: string;
  readonly empty: string;
  readonly git: OwnGit;
  readonly trash: Trash;
  readonly tree: WarmTree;
  readonly jobGit: JobGit;
}

/**
 * A folder for one job at a time: `<folder>/work` is the work tree, `<folder>/git` that with which it is checked out.
 * It stays warm: the next commit costs the files that differ. It is clean each time: what a job leaves behind, changes
 * or hides is found by what it cannot forge, and where anything resists or is damaged, all is made anew.
 */
export class Workspace {
  readonly #folder: string;
  readonly #logger: Logger | undefined;
  #parts: Parts | undefined;
  /** Nothing was mounted in the work tree after the last job, and no other has been there since. */
  #isUnmounted = false;
  #source: (ObjectSource & { readonly key: string }) | undefined;

  constructor(options: { folder: string; logger?: Logger }) {
    this.#folder = options.folder;
    this.#logger = options.logger;
  }

  /**
   * Brings the work tree to a commit, clean, with a `.git` of its own.
   * @throws {CommitNotFoundError} if the commit is nowhere. @throws {FetchFailedError} if it could not be asked for; the
   * workspace stays warm in both cases. @throws {UnsafeTreeError} if git would not check it out.
   * @throws {WorkspaceError} if the folder cannot be made.
   */
  async prepare(checkout: Checkout): Promise<Prepared> {
    if (!SHA_PATTERN.test(checkout.sha)) throw new CommitNotFoundError(checkout.sha, 'any repository');
    try {
      const parts = this.#open();
      return (await this.#bring(parts, checkout)) ?? (await this.#makeAnew(parts, checkout));
    } catch (error) {
      if (isFinal(error)) throw error;
      this.#logger?.warn(
        { workspace: this.#folder, error: messageOf(error) },
        'the workspace is damaged; it is made anew',
      );
      return await this.#rebuild(checkout);
    }
  }

  /** A folder with nothing in it, for a job that needs no checkout; the work tree stays warm beside it. */
  async prepareEmpty(): Promise<Prepared> {
    try {
      const { empty, trash } = this.#open();
      await discard(empty, trash);
      mkdirSync(empty);
      this.#isUnmounted = false;
      return { path: empty, restored: 'fresh' };
    } catch (error) {
      throw new WorkspaceError(this.#folder, error);
    }
  }

  /**
   * Takes away what the job left, so that the next one starts fast; not on the way of any job. Never throws: what
   * cannot be cleaned is made anew by the next `prepare`. Large things are deleted after it has returned.
   */
  async afterJob(): Promise<void> {
    this.#isUnmounted = false;
    try {
      const { empty, jobGit, trash, tree, work } = this.#open();
      if (existsSync(empty)) await discard(empty, trash);
      if (mountsBelow(work).length > 0) await unmountBelow(work);
      this.#isUnmounted = true;
      await tree.clean();
      await jobGit.clean();
      if (this.#source !== undefined) await tree.tidy(this.#source);
    } catch (error) {
      this.#parts?.tree.forget();
      this.#logger?.warn(
        { workspace: this.#folder, error: messageOf(error) },
        'what a job left could not be cleaned yet',
      );
    }
  }

  /** Bytes on disk, with what waits to be deleted. */
  sizeBytes(): Promise<number> {
    return sizeOf(this.#folder);
  }

  /** Ends its git process and waits until what was thrown away is deleted. It can be used again. */
  async close(): Promise<void> {
    await this.#source?.reader.close();
    this.#source = undefined;
    await this.#parts?.trash.settle();
  }

  /** Deletes the folder and all that is in it. */
  async remove(): Promise<void> {
    if (lstatSync(this.#folder, { throwIfNoEntry: false }) === undefined) return;
    const { work, empty, trash } = this.#open();
    for (const folder of [work, empty]) await discard(folder, trash);
    await this.close();
    this.#parts = undefined;
    await rm(this.#folder, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Its paths, without links in them, as the kernel names them when something is mounted there. */
  #open(): Parts {
    if (this.#parts !== undefined && existsSync(this.#parts.folder)) return this.#parts;
    mkdirSync(this.#folder, { recursive: true });
    const folder = realpathSync(this.#folder);
    const work = join(folder, 'work');
    if (this.#parts?.work === work) return this.#parts;
    const [git, trash] = [new OwnGit(join(folder, 'git'), work), new Trash(join(folder, 'trash'), this.#logger)];
    const [tree, jobGit] = [new WarmTree(git, trash), new JobGit(work, trash)];
    this.#parts = { folder, work, empty: join(folder, 'empty'), git, trash, tree, jobGit };
    return this.#parts;
  }

  /** Undefined if there is nothing to build upon. */
  async #bring(parts: Parts, checkout: Checkout): Promise<Prepared | undefined> {
    const { git, jobGit, tree, work } = parts;
    if (!git.isThere() || !tree.isWarm(checkout.sha.length / 2)) return undefined;
    const finding = this.#find(parts, checkout); // git looks for it while we look at the files
    finding.catch(() => {});
    if (!this.#isUnmounted && mountsBelow(work).length > 0) await unmountBelow(work);
    this.#isUnmounted = false; // for a job comes now
    await tree.clean(); // first, since it sees whether the folder that both are in is a folder at all
    await jobGit.clean();
    const { target, source } = await finding;
    const hasChanged = await tree.bring(target, source);
    if (hasChanged === undefined) return undefined;
    this.#addGit(parts, checkout.sha, source);
    return { path: work, restored: hasChanged ? 'updated' : 'untouched' };
  }

  async #makeAnew(parts: Parts, checkout: Checkout): Promise<Prepared> {
    const { git, jobGit, tree, trash, work } = parts;
    if (!git.isThere(checkout.sha.length / 2)) git.make(checkout.sha.length / 2);
    const { target, source } = await this.#find(parts, checkout);
    await discard(work, trash);
    mkdirSync(work);
    await jobGit.clean();
    await tree.make(work, target, source);
    this.#addGit(parts, checkout.sha, source);
    return { path: work, restored: 'fresh' };
  }

  async #rebuild(checkout: Checkout): Promise<Prepared> {
    try {
      await this.#source?.reader.close();
      this.#source = undefined;
      const parts = this.#open();
      parts.tree.forget();
      await discard(parts.git.path, parts.trash);
      return await this.#makeAnew(parts, checkout);
    } catch (error) {
      throw isFinal(error) || error instanceof CiError ? error : new WorkspaceError(this.#folder, error);
    }
  }

  /** Where the objects are, and which tree the commit has; brings the commit if it is not here. */
  async #find(parts: Parts, checkout: Checkout): Promise<{ target: Target; source: ObjectSource }> {
    const { sha, tree, fetch } = checkout;
    const isKnown = tree !== null && fetch === undefined && parts.tree.holds(tree); // as long as nobody cleans it
    const source = await this.#sourceOf(parts, checkout.objects);
    if (isKnown) return { target: { sha, tree }, source };
    const commit = await source.reader.commit(sha).catch(async (error) => {
      if (fetch === undefined || !(error instanceof CommitNotFoundError)) throw error;
      await parts.git.fetch(fetch, sha);
      return source.reader.commit(sha);
    });
    return { target: commit, source };
  }

  async #sourceOf({ git }: Parts, wanted: readonly string[]): Promise<ObjectSource> {
    const objects = wanted.filter((folder) => existsSync(folder));
    const key = objects.join('\n');
    if (this.#source?.key === key) return this.#source;
    await this.#source?.reader.close();
    const reader = new ObjectReader({ gitDir: git.path, objects, idleMs: READER_IDLE_MS });
    this.#source = { key, objects, reader };
    return this.#source;
  }

  #addGit({ git, jobGit, tree }: Parts, sha: string, source: ObjectSource): void {
    const objects = [join(git.path, 'objects'), ...source.objects];
    jobGit.write({ sha, objects, index: tree.index(sha.length / 2), shallow: git.shallow() });
  }
}

/** Making it anew would not help. */
function isFinal(error: unknown): boolean {
  const final = [CommitNotFoundError, FetchFailedError, GitMissingError, UnsafeTreeError];
  return final.some((kind) => error instanceof kind);
}

/** Takes a folder away whatever was done to it: mounted over, made immutable, replaced by a link. */
async function discard(path: string, trash: Trash): Promise<void> {
  if (mountsBelow(path).length > 0) await unmountBelow(path);
  try {
    trash.remove(path);
  } catch {
    await unlock(path);
    trash.remove(path);
  }
}
