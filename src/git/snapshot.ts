import { copyFileSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';
import { CommitNotFoundError, GitError, NotARepositoryError, runGit, runGitScript } from './git.ts';
import { quotePath } from './git-env.ts';
import { configOf } from './own-git.ts';

/** A repository of this machine, as it is found from inside. */
export interface FoundRepository {
  /** Root of its work tree, absolute; in a bare repository its git folder. */
  readonly workTree: string;
  /** It has no work tree. */
  readonly isBare: boolean;
  /** Where its objects are. */
  readonly objects: string;
  readonly index: string;
  /** Of its object ids: 20, or 32 with SHA-256. */
  readonly shaBytes: number;
  /** The commit that is checked out; null before the first one. */
  readonly head: string | null;
  /** Its tree. */
  readonly headTree: string | null;
  /** `refs/heads/main`; null when detached. */
  readonly ref: string | null;
}

/** A work tree as it was at one moment, as a commit that can be checked out elsewhere. */
export interface Snapshot {
  /** HEAD itself if nothing differs from it; else a commit made on top of it, that no ref knows. */
  readonly sha: string;
  readonly tree: string;
  /** Is the work tree that of HEAD, to the byte? */
  readonly isClean: boolean;
  /** A bare git folder that knows the commit and everything that the repository knows. */
  readonly gitDir: string;
}

/** For as long as `git add` takes in a large work tree with everything changed. */
const ADD_MS = 10 * 60_000;
/** Nothing of the person's configuration that runs or writes beside what is asked for. */
const QUIET = ['core.fsmonitor=false', 'core.splitIndex=false', 'core.hooksPath=/dev/null', 'gc.auto=0'].flatMap(
  (setting) => ['-c', setting],
);

const ADD_AND_WRITE = 'git "$@" -c advice.addEmbeddedRepo=false add --all; exec git "$@" write-tree';

/**
 * Looks at the repository that `folder` is in, with the eyes of the git of the person who asks.
 * @throws {NotARepositoryError} if it is in none. @throws {GitError} if git does not trust its owner.
 */
export async function findWorkTree(folder: string): Promise<FoundRepository> {
  return (await askAtOnce(folder)) ?? askOneByOne(folder);
}

const PATHS = ['--path-format=absolute', '--show-toplevel', '--git-path', 'objects', '--git-path', 'index'];

/** One process, where there is a commit and a git of these years; undefined otherwise. */
async function askAtOnce(folder: string): Promise<FoundRepository | undefined> {
  const what = [...PATHS, '--show-object-format', 'HEAD^{commit}', 'HEAD^{tree}', '--symbolic-full-name', 'HEAD'];
  const answer = await runGit(['rev-parse', ...what], { cwd: folder, asUser: true }).catch(() => undefined);
  const lines = answer === undefined ? [] : lineOf(answer).split('\n');
  const [workTree = '', objects = '', index = '', format, head = '', headTree = '', ref = ''] = lines;
  // a path with a line end in it makes more lines
  if (lines.length !== 7 || !SHA_PATTERN.test(head) || !SHA_PATTERN.test(headTree)) return undefined;
  const shaBytes = format === 'sha256' ? 32 : 20;
  return { workTree, isBare: false, objects, index, shaBytes, head, headTree, ref: ref === 'HEAD' ? null : ref };
}

async function askOneByOne(folder: string): Promise<FoundRepository> {
  const ask = (...args: readonly string[]) => runGit(args, { cwd: folder, asUser: true }).then(lineOf);
  const orNull = () => null;
  const isBare = (await ask('rev-parse', '--is-bare-repository').catch((cause) => notFound(folder, cause))) === 'true';
  const root = isBare ? '--absolute-git-dir' : '--show-toplevel';
  const [workTree, objects, index, format, head, headTree, ref] = await Promise.all([
    ask('rev-parse', root).catch((cause) => notFound(folder, cause)),
    ask('rev-parse', '--path-format=absolute', '--git-path', 'objects').catch(orNull),
    ask('rev-parse', '--path-format=absolute', '--git-path', 'index').catch(orNull),
    ask('rev-parse', '--show-object-format').catch(orNull),
    ask('rev-parse', '--quiet', '--verify', 'HEAD^{commit}').catch(orNull),
    ask('rev-parse', '--quiet', '--verify', 'HEAD^{tree}').catch(orNull),
    ask('symbolic-ref', '--quiet', 'HEAD').catch(orNull),
  ]);
  if (objects === null || index === null) throw new NotARepositoryError(folder, 'its git folder has no objects');
  return { workTree, isBare, objects, index, shaBytes: format === 'sha256' ? 32 : 20, head, headTree, ref };
}

/**
 * Makes a commit of the work tree as it is: uncommitted changes and new files too, ignored ones left out. The repository
 * itself is not written to: the index is a copy, and new objects go into `folder`, which is made anew.
 */
export async function takeSnapshot(repository: FoundRepository, folder: string): Promise<Snapshot> {
  const { workTree, head, headTree } = repository;
  const gitDir = join(folder, 'snapshot.git');
  makeBare(gitDir, repository);
  const index = join(folder, 'index');
  rmSync(index, { force: true });
  if (existsSync(repository.index)) copyIndex(repository.index, index);
  const git = {
    cwd: workTree,
    asUser: true as const,
    timeoutMs: ADD_MS,
    env: {
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: join(gitDir, 'objects'),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quotePath(repository.objects),
    },
  };
  const run = async (...args: readonly string[]) => (await runGit([...QUIET, ...args], git)).toString().trim();
  const tree = lineOf(await runGitScript(ADD_AND_WRITE, QUIET, git));
  if (head !== null && tree === headTree) return { sha: head, tree, isClean: true, gitDir };
  return { sha: await commitOf(run, tree, head), tree, isClean: false, gitDir };
}

/** A bare git folder for a commit that is there already. @throws {CommitNotFoundError} if `rev` names none. */
export async function takeCommit(repository: FoundRepository, rev: string, folder: string): Promise<Snapshot> {
  const gitDir = join(folder, 'snapshot.git');
  makeBare(gitDir, repository);
  const ask = async (what: string) => {
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', what];
    return lineOf(await runGit(args, { cwd: repository.workTree, asUser: true }));
  };
  const sha = await ask(`${rev}^{commit}`).catch((cause) => {
    throw cause instanceof GitError ? new CommitNotFoundError(rev, repository.workTree) : cause;
  });
  const tree = await ask(`${sha}^{tree}`);
  return { sha, tree, isClean: true, gitDir };
}

/**
 * With the time of the original: git compares whole seconds, and looks into a file of the same size only if the index is
 * not younger than the file's entry in it.
 */
function copyIndex(from: string, to: string): void {
  const { atime, mtimeMs } = statSync(from);
  copyFileSync(from, to);
  utimesSync(to, atime, Math.floor(mtimeMs / 1000));
}

/** Nobody has signed it and nobody will see it: the person's name need not be known. */
function commitOf(run: (...args: readonly string[]) => Promise<string>, tree: string, head: string | null) {
  const author = ['-c', 'user.name=Signalbox', '-c', 'user.email=signalbox@localhost', '-c', 'commit.gpgSign=false'];
  const parents = head === null ? [] : ['-p', head];
  return run(...author, 'commit-tree', '--no-gpg-sign', tree, ...parents, '-m', 'The working tree as it is');
}

/** Plain files: git would take longer to start than this takes. */
function makeBare(gitDir: string, { objects, shaBytes }: FoundRepository): void {
  rmSync(gitDir, { recursive: true, force: true });
  for (const name of ['objects/info', 'refs']) mkdirSync(join(gitDir, name), { recursive: true, mode: 0o700 });
  writeFileSync(join(gitDir, 'config'), configOf(shaBytes));
  writeFileSync(join(gitDir, 'HEAD'), 'ref: refs/heads/none\n');
  writeFileSync(join(gitDir, 'objects/info/alternates'), `${quotePath(objects)}\n`);
}

function lineOf(output: Buffer): string {
  return output.toString().replace(/\n$/, '');
}

function notFound(folder: string, cause: unknown): never {
  if (!(cause instanceof GitError) || /dubious ownership/.test(cause.detail)) throw cause;
  throw new NotARepositoryError(folder, existsSync(folder) ? cause.detail : 'there is no such folder', { cause });
}
