import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FilePattern, matchesAll, mayHoldMatches, parsePatterns } from './file-patterns.ts';

/** More files and folders than this are not looked at. */
const ENTRY_LIMIT = 500_000;

/**
 * The hash of the files that fit the patterns, as GitHub makes it: SHA-256 over the SHA-256 of each file, in the order in
 * which `@actions/glob` finds them. '' if there is none. Links are not followed into folders.
 * @param patterns relative to the workspace, or absolute; several lines count as several; `!` takes away again.
 */
export function hashFiles(workspace: string, patterns: readonly string[]): string {
  const all = parsePatterns(workspace, patterns);
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(64 * 1024);
  let count = 0;
  for (const file of matchingFiles(workspace, all)) {
    hash.update(digestOf(file, buffer));
    count++;
  }
  return count === 0 ? '' : hash.digest('hex');
}

/** In depth, the entries of a folder in the order of their bytes; what lies outside of the workspace does not count. */
function* matchingFiles(workspace: string, patterns: readonly FilePattern[]): Generator<string> {
  let seen = 0;
  for (const root of rootsOf(workspace, patterns)) {
    const stack = [root];
    for (let path = stack.pop(); path !== undefined; path = stack.pop()) {
      if (++seen > ENTRY_LIMIT)
        throw new Error(`hashFiles looked at ${ENTRY_LIMIT} files and folders, which is the limit`);
      const kind = kindOf(path);
      if (kind === 'file' && matchesAll(patterns, path)) yield path;
      if (kind !== 'folder' || !mayHoldMatches(patterns, path)) continue;
      const names = readdirSync(path).sort(byBytes).reverse();
      for (const name of names) stack.push(join(path, name));
    }
  }
}

/** Where to begin, in the workspace always; a folder in another is looked at with it. */
function rootsOf(workspace: string, patterns: readonly FilePattern[]): string[] {
  const all = patterns
    .filter((pattern) => !pattern.isNegated)
    .map(({ root }) => (isIn(workspace, root) ? workspace : root));
  const roots = [...new Set(all.filter((root) => isIn(root, workspace)))];
  return roots.filter((root) => !roots.some((other) => other !== root && isIn(root, other)));
}

function isIn(path: string, folder: string): boolean {
  return folder === '/' || `${path}/`.startsWith(`${folder}/`);
}

/** A link to a file counts as one; what lies behind a link to a folder does not count. */
function kindOf(path: string): 'file' | 'folder' | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return 'folder';
  const isFile = stats?.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false })?.isFile() : stats?.isFile();
  return isFile ? 'file' : undefined;
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function digestOf(file: string, buffer: Buffer): Buffer {
  const hash = createHash('sha256');
  const fd = openSync(file, 'r');
  try {
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer)) hash.update(buffer.subarray(0, size));
  } finally {
    closeSync(fd);
  }
  return hash.digest();
}
