import { posix } from 'node:path';
import type { Folder } from './finding.ts';

/** How deep below the root a package of a monorepo may be. */
const MAX_DEPTH = 8;
/** Most folders that patterns may lead to. */
const MAX_FOLDERS = 1_000;

/**
 * Folders that the `workspaces` of a monorepo name, in their order: paths with `*`, `?` and `{a,b}` in their parts, and `**` for
 * any number of folders. What a later pattern with `!` names is left out. `node_modules` is never looked into.
 */
export async function workspaceFolders(folder: Folder, patterns: readonly string[]): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const pattern of patterns) {
    const isLeftOut = pattern.startsWith('!');
    const path = posix.join(isLeftOut ? pattern.slice(1) : pattern).replace(/\/+$/, '');
    if (path === '.' || path.startsWith('..') || path.startsWith('/')) continue; // the root, or outside
    const folders = await foldersAt(folder, '', path.split('/'));
    for (const one of folders) if (isLeftOut) found.delete(one);
    for (const one of folders) if (!isLeftOut && found.size < MAX_FOLDERS) found.add(one);
  }
  return [...found];
}

async function foldersAt(folder: Folder, at: string, [part, ...rest]: readonly string[]): Promise<readonly string[]> {
  if (part === undefined) return at === '' ? [] : [at];
  if (!/[*?{]/.test(part)) return foldersAt(folder, posix.join(at, part), rest);
  if (at.split('/').length > MAX_DEPTH) return [];
  const isAny = part === '**';
  const fits = isAny ? /^/ : partPattern(part);
  const below = (await folder.list(at))
    .filter(
      ({ kind, name }) => kind === 'directory' && name !== 'node_modules' && !name.startsWith('.') && fits.test(name),
    )
    .map(({ name }) => posix.join(at, name));
  const further = await Promise.all(below.map((one) => foldersAt(folder, one, isAny ? [part, ...rest] : rest)));
  return [...(isAny ? await foldersAt(folder, at, rest) : []), ...further.flat()];
}

/** One part of a path: `*` and `?` for letters of it, `{a,b}` for either. */
function partPattern(part: string): RegExp {
  const text = part
    .replaceAll(/[.+^$()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll(/\{([^{}]*)\}/g, (_, either: string) => `(?:${either.replaceAll(',', '|')})`)
    .replaceAll(/[{}]/g, '\\$&');
  return new RegExp(`^${text}$`);
}
