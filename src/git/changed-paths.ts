import type { ObjectReader } from './object-reader.ts';
import { parseTree, type TreeObjectEntry } from './tree.ts';

/** Bounds on one comparison. */
export interface ChangeLimits {
  /** Most paths. Default 20 000. */
  readonly paths?: number;
  /** Most folders that are read of both trees together. Default 20 000. */
  readonly folders?: number;
}

const MAX_TREE_BYTES = 64 * 1024 * 1024;

/**
 * Paths of the files that differ between two trees, sorted: added, removed, changed, or with another mode. Nothing of what is the
 * same on both sides is read, so the cost is that of the change and not of the repository. No process is started.
 * @param before id of a tree; null for none, then every file of `after` is new.
 * @returns undefined if more differs than the limits allow, or if one of the trees cannot be read.
 */
export async function changedPaths(
  reader: Pick<ObjectReader, 'object'>,
  before: string | null,
  after: string,
  { paths: maxPaths = 20_000, folders: maxFolders = 20_000 }: ChangeLimits = {},
): Promise<readonly string[] | undefined> {
  const changed: string[] = [];
  let folders = 0;
  let isKnown = true;

  const entriesOf = async (tree: string | undefined): Promise<ReadonlyMap<string, TreeObjectEntry>> => {
    if (tree === undefined || !isKnown) return new Map();
    folders++;
    const found = folders > maxFolders ? undefined : await reader.object(tree, MAX_TREE_BYTES);
    isKnown &&= found?.type === 'tree' && found.data !== undefined;
    return new Map(parseTree(found?.data ?? Buffer.alloc(0), tree.length / 2).map((entry) => [entry.name, entry]));
  };
  const compare = async (path: string, one: string | undefined, other: string | undefined): Promise<void> => {
    const [left, right] = await Promise.all([entriesOf(one), entriesOf(other)]);
    const below: Promise<void>[] = [];
    for (const name of new Set([...left.keys(), ...right.keys()])) {
      const [from, to] = [left.get(name), right.get(name)];
      if (from?.sha === to?.sha && from?.kind === to?.kind) continue;
      const here = path === '' ? name : `${path}/${name}`;
      if (isFile(from) || isFile(to)) changed.push(here);
      isKnown &&= changed.length <= maxPaths;
      if (folderOf(from) !== folderOf(to)) below.push(compare(here, folderOf(from), folderOf(to)));
    }
    await Promise.all(below);
  };

  await compare('', before ?? undefined, after);
  return isKnown ? changed.sort() : undefined;
}

function isFile(entry: TreeObjectEntry | undefined): boolean {
  return entry !== undefined && entry.kind !== 'directory';
}

function folderOf(entry: TreeObjectEntry | undefined): string | undefined {
  return entry?.kind === 'directory' ? entry.sha : undefined;
}
