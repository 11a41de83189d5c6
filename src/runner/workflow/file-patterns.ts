import { homedir } from 'node:os';
import { resolve } from 'node:path';
import picomatch from 'picomatch';

/** One pattern of `hashFiles`, as `@actions/glob` reads them. */
export interface FilePattern {
  readonly isNegated: boolean;
  /** The part before the first wildcard: there nothing has to be guessed. */
  readonly root: string;
  /** The whole pattern fits this path. */
  matches(path: string): boolean;
  /** Something below this folder may fit. */
  mayHold(path: string): boolean;
}

/** Reads patterns: one a line, without empty ones and comments. */
export function parsePatterns(workspace: string, patterns: readonly string[]): FilePattern[] {
  const lines = patterns.flatMap((pattern) => pattern.split(/\r?\n/)).map((line) => line.trim());
  return lines.filter((line) => line !== '' && !line.startsWith('#')).map((line) => parsePattern(workspace, line));
}

/** The last one that fits decides. */
export function matchesAll(patterns: readonly FilePattern[], path: string): boolean {
  let isIn = false;
  for (const pattern of patterns) {
    if (pattern.isNegated !== isIn) continue;
    if (pattern.matches(path)) isIn = !pattern.isNegated;
  }
  return isIn;
}

/** May there be something below this folder that fits? */
export function mayHoldMatches(patterns: readonly FilePattern[], path: string): boolean {
  return patterns.some((pattern) => !pattern.isNegated && pattern.mayHold(path));
}

const OPTIONS = { dot: true, nobrace: true, noext: true, noextglob: true, nonegate: true };

function parsePattern(workspace: string, line: string): FilePattern {
  const isNegated = line.startsWith('!');
  const text = line.replace(/^(?:!\s*)+/, '');
  const absolute = rooted(workspace, text.replace(/\/+$/, ''));
  const segments = absolute.split('/').slice(1);
  const firstWild = segments.findIndex((segment) => /[*?[\\]/.test(segment));
  const root = `/${(firstWild < 0 ? segments : segments.slice(0, firstWild)).join('/')}`;
  const isMatch = picomatch(absolute, OPTIONS);
  const parts = segments.map((segment) => (segment === '**' ? undefined : picomatch(segment, OPTIONS)));
  return {
    isNegated,
    root: root === '/' ? root : root.replace(/\/$/, ''),
    // a folder that fits brings all that is in it
    matches: (path) => prefixesOf(path).some((part) => isMatch(part)),
    mayHold: (path) => mayHold(parts, path),
  };
}

function rooted(workspace: string, text: string): string {
  if (text === '~' || text.startsWith('~/')) return homedir() + text.slice(1);
  return text.startsWith('/') ? text : resolveDots(workspace, text);
}

/** Dots at the beginning are resolved, wildcards kept as they are. */
function resolveDots(workspace: string, text: string): string {
  const [, dots = '', rest = ''] = /^((?:\.{1,2}(?:\/|$))*)(.*)$/s.exec(text) ?? [];
  const base = resolve(workspace, dots).replaceAll(/[*?[\]]/g, (wild) => `[${wild}]`);
  return rest === '' ? base : `${base}/${rest}`;
}

function prefixesOf(path: string): string[] {
  const segments = path.split('/');
  return segments.slice(1).map((_, index) => segments.slice(0, segments.length - index).join('/'));
}

/** Is what the pattern says of the folders on the way true of this one? */
function mayHold(parts: readonly (((segment: string) => boolean) | undefined)[], path: string): boolean {
  const segments = path === '/' ? [] : path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    if (index >= parts.length) return true; // below one that fits
    const part = parts[index];
    if (part === undefined) return true;
    if (!part(segment)) return false;
  }
  return true;
}
