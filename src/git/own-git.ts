import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CiError } from '../support/ci-error.ts';
import { CommitNotFoundError, GitError, runGit } from './git.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import { isNotThere } from './remote.ts';
import { withoutPassword } from './source.ts';
import { type FolderNode, isFolder, statOf, walk } from './work-tree.ts';

const CHECKOUT_MS = 10 * 60_000;
const FETCH_MS = 10 * 60_000;
/** Every shallow fetch adds its commit to a list that git reads each time. */
const MAX_SHALLOW_COMMITS = 300;

/** Where a runner on another machine gets commits: over HTTP, with the ticket of its lease. */
export interface FetchFrom {
  readonly url: string;
  readonly ticket: string;
}

/** A commit could not be brought from the dispatcher; what is on disk is as good as before. */
export class FetchFailedError extends CiError {
  override readonly name = 'FetchFailedError';
  readonly code = 'E_FETCH_FAILED';
  constructor(sha: string, url: string, cause: GitError) {
    // what the dispatcher has to say, as git tells it
    const said = /^remote: (.+)$/m.exec(cause.detail)?.[1];
    const why = said ?? `${cause.detail}; probably the dispatcher was away or the lease is over; try again`;
    super(`commit ${sha} could not be fetched from ${withoutPassword(url)}: ${why}`, { cause });
  }
}

/**
 * The git folder with which a workspace is checked out. It lies outside of the work tree, so that nothing that a job
 * does to its `.git` has a say in the next checkout, and holds no filter, hook or attribute.
 */
export class OwnGit {
  readonly path: string;
  readonly #work: string;

  constructor(path: string, work: string) {
    this.path = path;
    this.#work = work;
  }

  /** Is it there, and of this kind? */
  isThere(shaBytes?: number): boolean {
    try {
      const config = readFileSync(join(this.path, 'config'), 'utf8');
      return shaBytes === undefined || config === configOf(shaBytes);
    } catch {
      return false;
    }
  }

  /** Makes it, empty; what was there goes. */
  make(shaBytes: number): void {
    rmSync(this.path, { recursive: true, force: true });
    for (const folder of ['objects/info', 'objects/pack', 'refs'])
      mkdirSync(join(this.path, folder), { recursive: true });
    writeFileSync(join(this.path, 'config'), configOf(shaBytes));
    writeFileSync(join(this.path, 'HEAD'), 'ref: refs/heads/none\n');
  }

  /** The work tree that it has checked out, as far as it knows; undefined if it knows nothing that can be relied on. */
  readIndex(shaBytes: number): FolderNode | undefined {
    const path = join(this.path, 'index');
    const found = statSync(path, { throwIfNoEntry: false });
    return found?.isFile() ? decodeIndex(readFileSync(path), this.#work, shaBytes, found.mtimeMs) : undefined;
  }

  /** Keeps an index for the next start of this program. */
  writeIndex(index: Buffer): void {
    writeFileSync(join(this.path, 'index.new'), index);
    renameSync(join(this.path, 'index.new'), join(this.path, 'index'));
  }

  /**
   * Lets git bring to `tree` a work tree that holds `from`, but for what waits to be written in it: for many files, large
   * ones, and such that are converted.
   */
  async checkOut(from: FolderNode, tree: string, objects: readonly string[]): Promise<FolderNode> {
    const shaBytes = tree.length / 2;
    rmSync(join(this.path, 'index.lock'), { force: true });
    if (isBlank(from))
      rmSync(join(this.path, 'index'), { force: true }); // git need not look for what is not there
    else this.writeIndex(encodeIndex(from, shaBytes));
    const env = { GIT_WORK_TREE: this.#work };
    const options = { gitDir: this.path, cwd: this.#work, objects, env, timeoutMs: CHECKOUT_MS };
    await runGit(['read-tree', '--reset', '-u', '--no-recurse-submodules', tree], options);
    const root = this.readIndex(shaBytes);
    if (root === undefined) throw new Error(`git wrote an index into ${this.path} that cannot be read`);
    if (hasWholeSeconds(root)) lookAgain(root);
    return { ...root, sha: tree };
  }

  /**
   * Brings a commit without its history.
   * @throws {CommitNotFoundError} if it is not there. @throws {FetchFailedError} if nobody answered as expected.
   * @throws {GitError} if this folder may be damaged.
   */
  async fetch(from: FetchFrom, sha: string): Promise<void> {
    if (this.shallow().split('\n').length > MAX_SHALLOW_COMMITS) this.make(sha.length / 2);
    rmSync(join(this.path, 'shallow.lock'), { force: true });
    const flags = ['--quiet', '--depth=1', '--no-tags', '--no-write-fetch-head', '--no-recurse-submodules'];
    const authorization = `Authorization: Basic ${Buffer.from(`lease:${from.ticket}`).toString('base64')}`;
    await runGit(['fetch', ...flags, '--', from.url, `+${sha}:refs/signalbox/job`], {
      gitDir: this.path,
      protocols: 'http:https',
      // by the environment, since arguments can be read by every user of the machine
      env: { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'http.extraHeader', GIT_CONFIG_VALUE_0: authorization },
      timeoutMs: FETCH_MS,
    }).catch((error) => {
      throw error instanceof GitError ? explain(error, from, sha) : error;
    });
  }

  /** Commits whose parents are not here, as git keeps them; empty if there are none. */
  shallow(): string {
    const path = join(this.path, 'shallow');
    return statSync(path, { throwIfNoEntry: false }) === undefined ? '' : readFileSync(path, 'latin1');
  }
}

/** Git has one exit code for all of it; its words are in English (LC_ALL=C). */
function explain(error: GitError, from: FetchFrom, sha: string): Error {
  if (isNotThere(error)) return new CommitNotFoundError(sha, withoutPassword(from.url));
  const isOutside =
    error.status === null ||
    /unable to access|RPC failed|Authentication failed|could not read (?:User|Pass)|hung up/.test(error.detail);
  return isOutside ? new FetchFailedError(sha, from.url, error) : error;
}

/** Is nothing of it on the disk? */
function isBlank(root: FolderNode): boolean {
  let blank = true;
  walk(root, (node) => {
    blank &&= isFolder(node) || node.stat === undefined;
  });
  return blank;
}

/** Some builds of git leave out the fractions of seconds. */
function hasWholeSeconds(root: FolderNode): boolean {
  let whole = true;
  walk(root, (node) => {
    whole &&= isFolder(node) || node.stat === undefined || Number.isInteger(node.stat.ctimeMs / 1000);
  });
  return whole;
}

function lookAgain(root: FolderNode): void {
  walk(root, (node) => {
    const found = isFolder(node) ? undefined : lstatSync(node.path, { throwIfNoEntry: false });
    if (found !== undefined) node.stat = statOf(found);
  });
}

/** The config of a git folder that has no say in anything. */
export function configOf(shaBytes: number, more = ''): string {
  const [version, extension] = shaBytes === 20 ? [0, ''] : [1, '[extensions]\n\tobjectformat = sha256\n'];
  return `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = false\n${more}${extension}`;
}
