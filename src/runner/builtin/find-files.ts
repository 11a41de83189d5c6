import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { matchesAll, mayHoldMatches, parsePatterns } from '../workflow/file-patterns.ts';

/** How files are looked for. */
export interface FindOptions {
  /** Where relative patterns begin. */
  readonly workspace: string;
  /** What `~` means. */
  readonly home: string;
  /** Are names that begin with a dot looked at? */
  readonly hidden: boolean;
  /** `files`: all files, those in folders that fit included. `outermost`: files and folders that fit, and not what is in them. */
  readonly what: 'files' | 'outermost';
}

/** What was found. */
export interface FoundFiles {
  /** Absolute, without doubles, in order. */
  readonly paths: readonly string[];
  /** Where was looked: the parts of the patterns before the first wildcard, without those inside of others. */
  readonly searched: readonly string[];
}

/** More files and folders than this are not looked at. */
const ENTRY_LIMIT = 1_000_000;

/** Too many files to be looked at. */
export class TooManyFilesError extends Error {}

/**
 * Finds what fits the patterns (one a line; `!` takes away again), as `@actions/glob` does. Links are followed; those that
 * lead nowhere are passed over.
 * @throws {TooManyFilesError}
 */
export function findFiles(patterns: string, options: FindOptions): FoundFiles {
  const lines = patterns.split('\n').map((line) => line.trim().replace(/^(!?\s*)~(?=\/|$)/, `$1${options.home}`));
  const parsed = parsePatterns(options.workspace, lines);
  const roots = [...new Set(parsed.filter((pattern) => !pattern.isNegated).map((pattern) => pattern.root))];
  const searched = roots.filter((root) => !roots.some((other) => other !== root && `${root}/`.startsWith(`${other}/`)));
  const paths: string[] = [];
  let seen = 0;
  const look = (path: string, parents: readonly string[]) => {
    if (++seen > ENTRY_LIMIT) throw new TooManyFilesError(`${ENTRY_LIMIT} files and folders are too many`);
    const kind = kindOf(path);
    if (kind === undefined) return;
    if (!options.hidden && !searched.includes(path) && basename(path).startsWith('.')) return;
    const isIn = matchesAll(parsed, path);
    if (isIn && (kind === 'file' || options.what === 'outermost')) {
      paths.push(path);
      if (options.what === 'outermost') return;
    }
    if (kind === 'file' || !mayHoldMatches(parsed, path)) return;
    const real = realpathSync(path);
    if (parents.includes(real)) return; // a link to a folder that it is in
    for (const name of namesIn(path)) look(join(path, name), [...parents, real]);
  };
  for (const root of searched) look(root, []);
  return { paths, searched };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function kindOf(path: string): 'file' | 'folder' | undefined {
  const own = lstatSync(path, { throwIfNoEntry: false });
  const stats = own?.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : own;
  if (stats?.isDirectory()) return 'folder';
  return stats?.isFile() ? 'file' : undefined;
}

/** The folder that all of these paths are in. */
export function commonFolder(paths: readonly string[]): string {
  const [first = '/', ...others] = paths.map((path) => path.split('/'));
  if (typeof first === 'string') return '/';
  let length = first.length;
  for (const other of others) {
    let same = 0;
    while (same < length && first[same] === other[same]) same++;
    length = same;
  }
  return first.slice(0, length).join('/') || '/';
}
