import type { TreeEntry } from '../model/plan.ts';

/** An entry of a tree object with its object. */
export interface TreeObjectEntry extends TreeEntry {
  readonly sha: string;
}

const KINDS: Readonly<Record<string, TreeEntry['kind']>> = {
  '100644': 'file',
  '100664': 'file', // written by git before 2005; still in old histories
  '100755': 'executable',
  '40000': 'directory',
  '120000': 'symlink',
  '160000': 'submodule',
};

/**
 * Reads a tree object: `<mode> <name>\0<id>` again and again, with ids of `shaBytes` (20 or 32). Names are text, or, as
 * `latin1`, one character per byte.
 */
export function parseTree(data: Buffer, shaBytes: number, encoding: 'utf8' | 'latin1' = 'utf8'): TreeObjectEntry[] {
  const entries: TreeObjectEntry[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const end = data.indexOf(0, space);
    if (space < 0 || end < 0) break;
    const kind = KINDS[data.toString('latin1', at, space)] ?? 'file';
    const sha = data.toString('hex', end + 1, end + 1 + shaBytes);
    entries.push({ name: data.toString(encoding, space + 1, end), kind, sha });
    at = end + 1 + shaBytes;
  }
  return entries;
}
