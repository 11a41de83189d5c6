import { posix } from 'node:path';
import type { TreeEntry, TreeReader } from '../model/plan.ts';

/** An entry of a folder; a link to a file of the same tree is that file. */
export interface FollowedEntry extends TreeEntry {
  /** Path of the file that a link leads to, relative to the root of the tree. */
  readonly target?: string;
}

/** A tree in which links to files are followed; those to folders, and to what is outside of it, stay links. */
export interface FollowedTree {
  list(directory: string): Promise<readonly FollowedEntry[]>;
  read(path: string): Promise<string | undefined>;
}

/** How many links may lead from one to the next. */
const MAX_LINKS = 8;

/** Follows the links of a tree, as a checkout of it would. */
export function followLinks(tree: TreeReader): FollowedTree {
  const entryAt = async (path: string) => {
    const entries = await tree.list(posix.dirname(path).replace(/^\.$/, ''));
    return entries.find(({ name }) => name === posix.basename(path));
  };
  const follow = async (link: string): Promise<{ path: string; entry: TreeEntry } | undefined> => {
    for (let path = link, links = 0; links <= MAX_LINKS; links++) {
      const entry = await entryAt(path);
      if (entry?.kind === 'file' || entry?.kind === 'executable') return { path, entry };
      const to = entry?.kind === 'symlink' ? await tree.readLink(path) : undefined;
      if (to === undefined || posix.isAbsolute(to)) return undefined;
      path = posix.join(posix.dirname(path), to);
      if (path.startsWith('../')) return undefined;
    }
    return undefined;
  };
  return {
    async list(directory) {
      const entries = await tree.list(directory);
      return Promise.all(
        entries.map(async (entry): Promise<FollowedEntry> => {
          const found = entry.kind === 'symlink' ? await follow(posix.join(directory, entry.name)) : undefined;
          return found === undefined ? entry : { ...entry, kind: found.entry.kind, target: found.path };
        }),
      );
    },
    async read(path) {
      const text = await tree.read(path);
      if (text !== undefined) return text;
      const found = await follow(path);
      return found === undefined || found.path === path ? undefined : tree.read(found.path);
    },
  };
}
