import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitAccess } from './access.ts';
import { runGit } from './git.ts';
import { transportOf } from './remote.ts';

const ASK_MS = 60_000;

/**
 * The default branch of a repository on this machine, as a full ref: what a clone knows of its origin, else `main` or
 * `master` where there is a work tree (its HEAD is wherever somebody works just now), else the branch of HEAD. Reads
 * files only. Undefined if HEAD is on no branch.
 */
export async function localDefaultBranch(gitDir: string): Promise<string | undefined> {
  const origin = await symbolicRef(join(gitDir, 'refs/remotes/origin/HEAD'));
  const ofOrigin = origin?.replace(/^refs\/remotes\/origin\//, 'refs/heads/');
  const head = await symbolicRef(join(gitDir, 'HEAD'));
  const isBare = !existsSync(join(gitDir, 'index'));
  const usual = isBare ? [] : ['refs/heads/main', 'refs/heads/master'];
  const packed = await readFile(join(gitDir, 'packed-refs'), 'utf8').catch(() => '');
  const isThere = (ref: string) => existsSync(join(gitDir, ref)) || packed.includes(` ${ref}\n`);
  return [ofOrigin, ...usual].find((ref) => ref !== undefined && isThere(ref)) ?? head;
}

/**
 * The default branch of a repository behind a URL: its HEAD. Undefined if it says nothing of it.
 * @throws {GitError} if it cannot be reached. @throws {BadSourceError}
 */
export async function remoteDefaultBranch(source: string, access?: GitAccess): Promise<string | undefined> {
  const { config, options, where, environment } = transportOf(source, access);
  const args = [...config, 'ls-remote', '--quiet', '--symref', ...options, '--', where, 'HEAD'];
  const output = await runGit(args, { ...environment, timeoutMs: ASK_MS });
  return /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(output.toString('utf8'))?.[1];
}

async function symbolicRef(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^ref: (refs\/\S+)\s*$/.exec(text)?.[1];
}
