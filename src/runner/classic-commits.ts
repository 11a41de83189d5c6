import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommitNotFoundError, GitError, runGit } from '../git/git.ts';
import { Mirrors } from '../git/mirror.ts';
import { ObjectReader } from '../git/object-reader.ts';
import { type GitFolders, gitDirOf } from '../git/refs.ts';
import type { Plan } from '../model/plan.ts';
import { messageOf } from '../support/ci-error.ts';
import type { Logger } from '../support/logger.ts';
import { type FindSettings, findTests } from '../workflow/find-tests.ts';

/** A commit that can be tested. */
export interface ClassicCommit {
  readonly sha: string;
  readonly tree: string;
  readonly plan: Plan;
  /** Object folders that hold it. */
  readonly objects: readonly string[];
}

/** Where commits come from. */
export interface ClassicCommitsOptions {
  /** A repository on this machine. Nothing is ever written to it. */
  readonly repository: string;
  /** The runner's folder: what has to be fetched is kept there. */
  readonly home: string;
  readonly settings: FindSettings;
  readonly logger: Logger;
}

/** There is one repository, so that its mirror needs no number of its own. */
const ONLY = 1;

/** Finds commits, and the tests in them, in a repository on this machine; asks its origin for what is not there yet. */
export class ClassicCommits {
  readonly #options: ClassicCommitsOptions;
  readonly #mirrors: Mirrors;
  #folders: GitFolders | undefined;
  #readers: ObjectReader[] = [];

  constructor(options: ClassicCommitsOptions) {
    this.#options = options;
    this.#mirrors = new Mirrors(options);
  }

  /** Finds the repository. @throws {NotARepositoryError} */
  async start(): Promise<void> {
    this.#folders = await gitDirOf(this.#options.repository);
    const gitDirs = [this.#folders.commonDir, this.#mirrors.pathOf(ONLY)];
    this.#readers = gitDirs.map((gitDir) => new ObjectReader({ gitDir }));
  }

  /** @throws {CommitNotFoundError} if neither the repository nor its origin has it. @throws {GitError} */
  async find(sha: string): Promise<ClassicCommit> {
    const here = await this.#read(sha);
    if (here !== undefined) return here;
    await this.#fetch(sha);
    const fetched = await this.#read(sha);
    if (fetched === undefined) throw new CommitNotFoundError(sha, this.#options.repository);
    return fetched;
  }

  /** Ends the git processes. */
  async stop(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.close()));
    await this.#mirrors.close();
  }

  async #read(sha: string): Promise<ClassicCommit | undefined> {
    const objects = this.#objects();
    for (const reader of this.#readers.slice(0, objects.length)) {
      const commit = await reader.commit(sha).catch((error: unknown) => {
        if (!(error instanceof CommitNotFoundError)) throw error;
      });
      if (commit === undefined) continue;
      const plan = await findTests(reader.treeReader(commit.tree), this.#options.settings);
      return { sha, tree: commit.tree, plan, objects };
    }
    return undefined;
  }

  /** Those of the repository, and of the mirror once there is one. */
  #objects(): string[] {
    const gitDirs = [this.#folders?.commonDir ?? '', this.#mirrors.pathOf(ONLY)];
    return gitDirs.map((gitDir) => join(gitDir, 'objects')).filter((folder, at) => at === 0 || existsSync(folder));
  }

  /** Into a mirror of our own: the person's repository stays as it is. */
  async #fetch(sha: string): Promise<void> {
    const { repository, logger } = this.#options;
    const origin = await this.#origin();
    if (origin === undefined) return;
    logger.info({ sha }, `${repository} does not have the commit; its origin is asked`);
    try {
      await this.#mirrors.fetch(ONLY, origin);
    } catch (error) {
      throw new CommitNotFoundError(sha, `${repository} (and its origin: ${messageOf(error)})`, { cause: error });
    }
  }

  /** Where the repository was cloned from; a relative path is seen from its work tree, as git sees it. */
  async #origin(): Promise<string | undefined> {
    const { commonDir, workTree } = this.#folders ?? { commonDir: '', workTree: null };
    try {
      const url = await runGit(['config', '--get', 'remote.origin.url'], { gitDir: commonDir });
      const origin = url.toString('utf8').replace(/\n$/, '');
      return /^\.{1,2}(?:\/|$)/.test(origin) ? resolve(workTree ?? commonDir, origin) : origin;
    } catch (error) {
      if (error instanceof GitError) return undefined; // there is none
      throw error;
    }
  }
}
