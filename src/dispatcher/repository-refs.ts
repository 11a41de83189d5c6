import { existsSync } from 'node:fs';
import type { Mirrors } from '../git/mirror.ts';
import { mirrorRefs } from '../git/mirror-refs.ts';
import { readRefs } from '../git/refs.ts';
import type { RepositoryRecord } from '../store/repositories.ts';
import type { DefaultBranches } from './default-branches.ts';

/** A ref and the commit that it is at. */
export interface RefAt {
  /** Full name. */
  readonly ref: string;
  readonly sha: string;
}

/** What {@link RepositoryRefs} needs. */
export interface RepositoryRefsOptions {
  readonly mirrors: Mirrors;
  readonly branches: DefaultBranches;
}

/** Where the branches and tags of repositories are now. For what happens now and then: a push says it by itself. */
export class RepositoryRefs {
  readonly #options: RepositoryRefsOptions;

  constructor(options: RepositoryRefsOptions) {
    this.#options = options;
  }

  /**
   * The ref that someone means by a full name, or by that of a branch or a tag; undefined if there is none.
   * @throws {GitError} if the repository cannot be asked. @throws {NotARepositoryError}
   */
  async find(repository: RepositoryRecord, name: string): Promise<RefAt | undefined> {
    const refs = await this.#all(repository);
    const full = [name, `refs/heads/${name}`, `refs/tags/${name}`].find((ref) => refs.has(ref));
    const sha = full === undefined ? undefined : refs.get(full);
    return full === undefined || sha === undefined ? undefined : { ref: full, sha };
  }

  /** The default branch; undefined if it is not known, or has no commit yet. */
  async defaultBranch(repository: RepositoryRecord): Promise<RefAt | undefined> {
    const branch = await this.#options.branches.of(repository);
    return branch === undefined ? undefined : this.find(repository, branch);
  }

  async #all(repository: RepositoryRecord): Promise<ReadonlyMap<string, string>> {
    const { id, gitDir, sources } = repository;
    if (gitDir !== null && existsSync(gitDir)) return readRefs(gitDir);
    const { mirrors } = this.#options;
    const [source = ''] = sources;
    await mirrors.fetch(id, source);
    return mirrorRefs(mirrors.pathOf(id), source);
  }
}
