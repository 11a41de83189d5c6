import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runGit } from '../../git/git.ts';
import { whyNotFetched } from '../../git/not-fetched.ts';
import { isNotThere, transportOf } from '../../git/remote.ts';
import { withoutPassword } from '../../git/source.ts';
import { CiError } from '../../support/ci-error.ts';
import { touch } from '../workspaces.ts';
import { ActionError, type ActionPlaces } from './action.ts';

/** A version of a repository that holds actions. */
export interface RemoteVersion {
  readonly owner: string;
  readonly repository: string;
  /** Branch, tag or full commit id. */
  readonly ref: string;
}

const LS_REMOTE_MS = 30_000;
const FETCH_MS = 10 * 60_000;
/** A commit of SHA-1 or SHA-256. */
const FULL_SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The folder with the files of a version, fetched if it is not on this machine yet. A ref is looked up once per job, a
 * full commit id never.
 * @throws {ActionError} if it cannot be had, naming the server.
 */
export async function fetchRemote(version: RemoteVersion, places: ActionPlaces): Promise<string> {
  const name = `${version.owner}/${version.repository}`;
  const url = `${places.settings.server}/${name}`;
  const key = `${name}@${version.ref}`.toLowerCase();
  const known = places.commits.get(key) ?? commitOf(version, url);
  places.commits.set(key, known);
  const sha = await known;
  const folder = join(places.cache, `${hash(url)}-${sha}`);
  if (existsSync(folder)) {
    touch(folder);
    return folder;
  }
  await download({ url, sha, name, folder, cache: places.cache });
  places.log(`[signalbox] fetched ${name}@${version.ref} (${sha}) from ${withoutPassword(places.settings.server)}`);
  return folder;
}

/** Which commit a ref is now. Tags before branches, as git itself does. */
async function commitOf({ owner, repository, ref }: RemoteVersion, url: string): Promise<string> {
  if (FULL_SHA.test(ref)) return ref;
  const wanted = ref.startsWith('refs/') ? [ref] : [`refs/tags/${ref}`, `refs/heads/${ref}`];
  const found = await ask(url, wanted).catch((error) => {
    throw unreachable(`${owner}/${repository}@${ref}`, url, error);
  });
  for (const name of wanted) {
    const sha = found.get(`${name}^{}`) ?? found.get(name);
    if (sha !== undefined) return sha;
  }
  const short = /^[0-9a-f]{7,39}$/.test(ref) ? '; a commit is named by its full id, of 40 characters' : '';
  throw new ActionError(`${owner}/${repository} has no branch and no tag ${ref} at ${withoutPassword(url)}${short}`);
}

async function ask(url: string, refs: readonly string[]): Promise<Map<string, string>> {
  const { config, options, where, environment } = transportOf(url);
  const patterns = refs.flatMap((ref) => [ref, `${ref}^{}`]);
  const args = [...config, 'ls-remote', '--quiet', ...options, '--', where, ...patterns];
  const output = await runGit(args, { ...environment, timeoutMs: LS_REMOTE_MS });
  const lines = output.toString('utf8').split('\n').filter(Boolean);
  return new Map(lines.map((line) => line.split('\t')).map(([sha = '', ref = '']) => [ref, sha]));
}

interface Download {
  readonly url: string;
  readonly sha: string;
  readonly name: string;
  /** Where it belongs when it is complete. */
  readonly folder: string;
  readonly cache: string;
}

/** It gets its name only when it is complete; two that fetch the same do not disturb each other. */
async function download({ url, sha, name, folder, cache }: Download): Promise<void> {
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const partial = join(cache, `.partial-${process.pid}-${randomBytes(6).toString('hex')}`);
  const [work, gitDir] = [join(partial, 'work'), join(partial, 'git')];
  try {
    mkdirSync(work, { recursive: true, mode: 0o700 });
    await bring({ url, sha, work, gitDir });
    publish(work, folder);
  } catch (error) {
    if (isNotThere(error))
      throw new ActionError(`${name} has no commit ${sha} at ${withoutPassword(url)}`, { cause: error });
    throw unreachable(`${name}@${sha}`, url, error);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

async function bring(to: { url: string; sha: string; work: string; gitDir: string }): Promise<void> {
  const { config, options, where, environment } = transportOf(to.url);
  const format = to.sha.length === 64 ? ['--object-format=sha256'] : [];
  await runGit(['init', '--quiet', '--bare', ...format, to.gitDir]);
  const flags = ['--quiet', '--depth=1', '--no-tags', '--no-recurse-submodules', '--update-shallow', ...options];
  const fetch = [...config, 'fetch', ...flags, '--', where, `+${to.sha}:refs/heads/action`];
  await runGit(fetch, { ...environment, gitDir: to.gitDir, timeoutMs: FETCH_MS });
  const env = { GIT_WORK_TREE: to.work };
  await runGit(['read-tree', '--reset', '-u', '--no-recurse-submodules', to.sha], {
    gitDir: to.gitDir,
    cwd: to.work,
    env,
    timeoutMs: FETCH_MS,
  });
}

function publish(work: string, folder: string): void {
  try {
    renameSync(work, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another job was quicker
    rmSync(work, { recursive: true, force: true });
  }
}

function unreachable(action: string, url: string, error: unknown): Error {
  if (error instanceof ActionError || !(error instanceof CiError)) return error as Error;
  return new ActionError(`the action ${action} cannot be fetched from ${whyNotFetched(url, error)}`, { cause: error });
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
