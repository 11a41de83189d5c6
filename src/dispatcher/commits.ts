import { existsSync } from 'node:fs';
import { mergeBase } from '../git/ancestry.ts';
import { changedPaths } from '../git/changed-paths.ts';
import { FirstParents } from '../git/first-parents.ts';
import { forkAddress } from '../git/fork-address.ts';
import { CommitNotFoundError } from '../git/git.ts';
import { type Mirrors, parseSource } from '../git/mirror.ts';
import { type CommitObject, ObjectReader } from '../git/object-reader.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { Bounded } from './bounded.ts';
import { codeOf } from './errors.ts';

/** A commit, and what reads the objects beside it. */
export interface FoundCommit {
  readonly reader: ObjectReader;
  readonly commit: CommitObject;
}

/** What {@link Commits} needs. */
export interface CommitsOptions {
  readonly logger: Logger;
  readonly mirrors: Mirrors;
}

/** Repositories whose git process is kept; it ends by itself when it has nothing to do for a while. */
const MAX_READERS = 32;
/** Commits of a branch that are looked at. */
const MAX_LINE = 1_000;

/** Finds the commits of repositories: in the watched repository itself, in its mirror, or, where asked to, at its sources. */
export class Commits {
  readonly #options: CommitsOptions;
  readonly #readers = new Bounded<string, ObjectReader>(MAX_READERS, (reader) => void reader.close());

  readonly #firstParents = new FirstParents();

  constructor(options: CommitsOptions) {
    this.#options = options;
  }

  /** A commit as it can be read on this machine without fetching; undefined if it is not there. */
  async find(repository: RepositoryRecord, sha: string): Promise<CommitObject | undefined> {
    const found = await this.#read(repository, sha);
    return 'missing' in found ? undefined : found.commit;
  }

  /** The newest commits of the branch whose tip is `sha`, oldest first, without fetching; none if it is not there. */
  line(repository: RepositoryRecord, sha: string): Promise<readonly string[]> {
    return this.#firstParents.lineTo(sha, MAX_LINE, (one) => this.find(repository, one));
  }

  /** What was merged into that branch: the commits that did, each with those that it brought in. */
  merges(repository: RepositoryRecord, sha: string): Promise<ReadonlyMap<string, readonly string[]>> {
    return this.#firstParents.mergesInto(sha, MAX_LINE, (one) => this.find(repository, one));
  }

  /** Paths that differ between a commit and where it left another one; undefined where that cannot be told. */
  async changedSince(
    repository: RepositoryRecord,
    { reader, commit }: FoundCommit,
    base: string | undefined,
  ): Promise<readonly string[] | undefined> {
    const found = base === undefined ? undefined : await this.find(repository, base);
    const start = found && (await mergeBase(reader, found, commit));
    return start && changedPaths(reader, start.tree, commit.tree);
  }

  /** The same of a commit by its id, without fetching. */
  async changed(repository: RepositoryRecord, sha: string, base: string): Promise<readonly string[] | undefined> {
    const found = await this.#read(repository, sha);
    return 'missing' in found ? undefined : this.changedSince(repository, found, base);
  }

  /** A file of a commit, up to 1 MB, without fetching; undefined if it is not there. @throws {ObjectMissingError} */
  async file(repository: RepositoryRecord, sha: string, path: string): Promise<string | undefined> {
    const found = await this.#read(repository, sha);
    return 'missing' in found ? undefined : found.reader.treeReader(found.commit.tree).read(path);
  }

  /**
   * A commit, after it was fetched where it is not here; else the error that says where it was looked for.
   * @param refs by which it can be had where no branch or tag leads to it.
   * @throws {GitError} if a remote cannot be reached.
   */
  async bring(
    repository: RepositoryRecord,
    sha: string,
    refs: readonly string[] = [],
  ): Promise<FoundCommit | { readonly missing: unknown }> {
    let found = await this.#read(repository, sha);
    for (const source of 'missing' in found ? repository.sources : []) {
      if (!('missing' in found)) break;
      await this.#fetch(repository, source, (mirrors) => mirrors.fetch(repository.id, source));
      found = await this.#read(repository, sha);
      if (!('missing' in found) || refs.length === 0) continue;
      await this.#fetch(repository, source, (mirrors) => fetchOther(mirrors, repository.id, source, { sha, refs }));
      found = await this.#read(repository, sha);
    }
    return found;
  }

  /** The same, or the error. @throws {CommitNotFoundError} */
  async need(repository: RepositoryRecord, sha: string, refs?: readonly string[]): Promise<FoundCommit> {
    const found = await this.bring(repository, sha, refs);
    if ('missing' in found) throw found.missing;
    return found;
  }

  /** Where a ref that is neither a branch nor a tag is now, at the first source that has it. @throws {GitError} */
  async fetchRef(repository: RepositoryRecord, ref: string): Promise<string | undefined> {
    for (const source of repository.sources) {
      const sha = await this.#fetch(repository, source, (mirrors) => mirrors.fetchRef(repository.id, source, ref));
      if (sha !== undefined) return sha;
    }
    return undefined;
  }

  /**
   * Where a ref of a fork (`owner/name`) at the same forge is now, its objects fetched beside those of the repository; undefined if it
   * has none, or the repository is on this machine only. @throws {GitError}
   */
  async fetchFork({ id, sources }: RepositoryRecord, path: string, ref: string): Promise<string | undefined> {
    const address = sources.map((source) => forkAddress(source, path)).find((one) => one !== undefined);
    return address === undefined ? undefined : this.#options.mirrors.fetchRef(id, address, ref);
  }

  /** Ends the git processes. */
  async close(): Promise<void> {
    await Promise.all([...this.#readers.values()].map((reader) => reader.close()));
    this.#readers.clear();
  }

  /** Looks in the watched repository itself, then in the mirror. */
  async #read(repository: RepositoryRecord, sha: string): Promise<FoundCommit | { readonly missing: unknown }> {
    const mirror = this.#options.mirrors.pathOf(repository.id);
    const folders = (repository.gitDir === null ? [mirror] : [repository.gitDir, mirror]).filter(existsSync);
    let missing: unknown = new CommitNotFoundError(sha, repository.name);
    for (const folder of folders) {
      const reader = this.#readerOf(folder);
      try {
        return { reader, commit: await reader.commit(sha) };
      } catch (error) {
        missing = error;
      }
    }
    return { missing };
  }

  #readerOf(gitDir: string): ObjectReader {
    const known = this.#readers.get(gitDir);
    if (known !== undefined) return known;
    const reader = new ObjectReader({ gitDir });
    this.#readers.set(gitDir, reader);
    return reader;
  }

  /** A folder that is gone will not come back by itself; a remote that does not answer will. */
  async #fetch<T>({ name }: RepositoryRecord, source: string, act: (mirrors: Mirrors) => Promise<T>) {
    const { mirrors, logger } = this.#options;
    try {
      return await act(mirrors);
    } catch (error) {
      if (codeOf(error) === undefined || parseSource(source).kind === 'remote') throw error;
      logger.warn({ repository: name, source }, `could not fetch: ${messageOf(error)}`);
      return undefined;
    }
  }
}

/** A commit that no branch leads to: by a ref that does, else by its id, which not every server hands out. */
async function fetchOther(
  mirrors: Mirrors,
  id: number,
  source: string,
  { sha, refs }: { readonly sha: string; readonly refs: readonly string[] },
): Promise<void> {
  for (const ref of refs) if ((await mirrors.fetchRef(id, source, ref)) === sha) return;
  await mirrors.fetch(id, source, { keep: [sha] }).catch((error: unknown) => {
    if (!(error instanceof CommitNotFoundError)) throw error;
  });
  await mirrors.release(id, [sha]);
}
