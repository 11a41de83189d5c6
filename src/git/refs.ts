import { existsSync } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SHA_PATTERN } from '../model/push.ts';
import { GitError, NotARepositoryError, runGit } from './git.ts';

/** Where the parts of a repository are. All paths are absolute. */
export interface GitFolders {
  /** Of this work tree: HEAD, index. */
  readonly gitDir: string;
  /** Shared by all its work trees: refs, objects, config. The same as `gitDir` where there is only one. */
  readonly commonDir: string;
  readonly isBare: boolean;
  /** Root of the work tree; null in a bare repository, and where `path` is inside a git folder. */
  readonly workTree: string | null;
}

/** The git folder that all work trees of the repository around `path` share, by its real path: a watched one is known by it. */
export async function sharedGitDirAt(path: string): Promise<string | undefined> {
  try {
    return await realpath((await gitDirOf(path)).commonDir);
  } catch {
    return undefined; // there is no repository, or no such folder
  }
}

/**
 * Finds the repository that `path` is in: a work tree or a folder of it, a linked work tree, a submodule, a bare one.
 * @throws {NotARepositoryError} if there is none.
 */
export async function gitDirOf(path: string): Promise<GitFolders> {
  const folder = resolve(path);
  const ask = (...what: string[]) => runGit(['rev-parse', ...what], { cwd: folder }).then(String);
  try {
    const [common, git, isBare, isInside] = await Promise.all(
      ['--git-common-dir', '--absolute-git-dir', '--is-bare-repository', '--is-inside-work-tree'].map(
        async (question) => (await ask(question)).slice(0, -1),
      ),
    );
    const workTree = isInside === 'true' ? (await ask('--show-toplevel')).slice(0, -1) : null;
    return { gitDir: `${git}`, commonDir: resolve(folder, `${common}`), isBare: isBare === 'true', workTree };
  } catch (cause) {
    if (!(cause instanceof GitError)) throw cause;
    throw new NotARepositoryError(folder, existsSync(folder) ? cause.detail : 'there is no such folder', { cause });
  }
}

/**
 * Full names of refs and the commits they are at: `refs/heads/*`, `refs/tags/*` (down to the commit), `HEAD` where it is
 * detached, and `worktrees/<id>/HEAD` for linked work trees whose HEAD is. A HEAD that a rebase moves is left out, since
 * its commits are not what the person means to keep; so is a tag of something that is no commit.
 */
export function readRefs(gitDir: string): Promise<Map<string, string>> {
  return new RefsReader(gitDir).read();
}

/**
 * Reads the refs of one repository again and again. No process is started but for tags that it has not seen before:
 * it reads the files that git writes, in git's own order (loose before packed), so that a ref that is being packed is
 * never missed. Where refs are kept otherwise (reftable), it asks git.
 */
export class RefsReader {
  readonly #gitDir: string;
  /** What a tag's object comes down to: a commit, or null for something else. It can never change. */
  readonly #commits = new Map<string, string | null>();

  constructor(gitDir: string) {
    this.#gitDir = gitDir;
  }

  /** The refs as they are now; see {@link readRefs}. @throws {NotARepositoryError} if there is no repository any more. */
  async read(): Promise<Map<string, string>> {
    const common = await commonDirOf(this.#gitDir);
    const raw = (await isDirectory(join(common, 'refs/heads'))) ? await readFiles(common) : await askGit(common);
    for (const [name, sha] of await detachedHeads(common)) raw.set(name, sha);
    return this.#peel(common, raw);
  }

  async #peel(common: string, raw: Map<string, string>): Promise<Map<string, string>> {
    const isTag = (name: string) => name.startsWith('refs/tags/');
    const unknown = [...raw].flatMap(([name, sha]) => (isTag(name) && !this.#commits.has(sha) ? [sha] : []));
    if (unknown.length > 0) await this.#learn(common, [...new Set(unknown)]);
    return new Map(
      [...raw].flatMap(([name, sha]): [string, string][] => {
        const commit = isTag(name) ? this.#commits.get(sha) : sha;
        return commit ? [[name, commit]] : [];
      }),
    );
  }

  async #learn(common: string, shas: readonly string[]): Promise<void> {
    const input = shas.map((sha) => `${sha}^{commit}\n`).join('');
    const output = await runGit(['cat-file', '--batch-check=%(objectname)'], { gitDir: common, input });
    const lines = output.toString('latin1').split('\n');
    for (const [at, sha] of shas.entries())
      this.#commits.set(sha, SHA_PATTERN.test(lines[at] ?? '') ? `${lines[at]}` : null);
  }
}

/** The folder that all work trees of a repository share. */
async function commonDirOf(gitDir: string): Promise<string> {
  const text = await readText(join(gitDir, 'commondir'));
  const common = text === undefined ? gitDir : resolve(gitDir, text.trim());
  if (await isDirectory(join(common, 'objects'))) return common;
  throw new NotARepositoryError(gitDir, existsSync(gitDir) ? 'it has no objects folder' : 'there is no such folder');
}

async function readFiles(common: string): Promise<Map<string, string>> {
  const loose = new Map<string, string>();
  for (const kind of ['refs/heads', 'refs/tags']) await readLoose(Buffer.from(join(common, kind)), kind, loose);
  const refs = new Map([...(await readPacked(common)), ...loose]);
  for (const [name, value] of refs) {
    const sha = follow(refs, value);
    if (sha === undefined) refs.delete(name);
    else refs.set(name, sha);
  }
  return refs;
}

/** Follows symbolic refs; git itself gives up after five. */
function follow(refs: ReadonlyMap<string, string>, value: string): string | undefined {
  let at: string | undefined = value;
  for (let hops = 0; hops < 5 && at?.startsWith('ref: '); hops++) at = refs.get(at.slice(5).trim());
  return at !== undefined && SHA_PATTERN.test(at) ? at : undefined;
}

/** Names of refs are bytes: `folder` is read by them, so that one that is no UTF-8 is found. `prefix`: its name. */
async function readLoose(folder: Buffer, prefix: string, into: Map<string, string>): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(ifGone([]));
  await Promise.all(
    entries.map(async (entry) => {
      const name = `${prefix}/${entry.name.toString('utf8')}`;
      const path = Buffer.concat([folder, Buffer.from('/'), entry.name]);
      if (entry.isDirectory()) return readLoose(path, name, into);
      if (name.endsWith('.lock')) return;
      const text = await readText(path);
      if (text?.trim()) into.set(name, text.trim());
    }),
  );
}

/** A comment, a ref, what the tag above comes down to, or nothing at the end. What is damaged must not look deleted. */
const PACKED_LINE = /^(?:#.*|\^?[0-9a-f]{40,64}(?: .+)?|)\r?$/;

async function readPacked(common: string): Promise<[string, string][]> {
  const text = (await readText(join(common, 'packed-refs'))) ?? '';
  return text.split('\n').flatMap((line): [string, string][] => {
    const space = line.indexOf(' ');
    if (!PACKED_LINE.test(line)) throw new NotARepositoryError(common, 'its file packed-refs is damaged');
    const name = line.slice(space + 1);
    const isWanted = name.startsWith('refs/heads/') || name.startsWith('refs/tags/');
    return space >= 40 && isWanted ? [[name, line.slice(0, space)]] : [];
  });
}

async function askGit(common: string): Promise<Map<string, string>> {
  const format = '--format=%(objectname) %(refname)';
  const output = await runGit(['for-each-ref', format, 'refs/heads', 'refs/tags'], { gitDir: common });
  const lines = output.toString('utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => [line.slice(line.indexOf(' ') + 1), line.slice(0, line.indexOf(' '))]));
}

async function detachedHeads(common: string): Promise<[string, string][]> {
  const linked = await readdir(join(common, 'worktrees')).catch(() => []);
  const folders = [['HEAD', common], ...linked.map((id) => [`worktrees/${id}/HEAD`, join(common, 'worktrees', id)])];
  const heads = await Promise.all(
    folders.map(async ([name, folder]): Promise<[string, string][]> => {
      const text = (await readText(join(`${folder}`, 'HEAD')))?.trim() ?? '';
      return SHA_PATTERN.test(text) && !isRebasing(`${folder}`) ? [[`${name}`, text]] : [];
    }),
  );
  return heads.flat();
}

function isRebasing(gitDir: string): boolean {
  return existsSync(join(gitDir, 'rebase-merge')) || existsSync(join(gitDir, 'rebase-apply'));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readText(path: string | Buffer): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(ifGone(undefined));
}

/** What is not there is nothing; what cannot be read (no rights, too many open files) must not look like that. */
function ifGone<T>(nothing: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(error.code ?? '')) return nothing;
    throw error;
  };
}
