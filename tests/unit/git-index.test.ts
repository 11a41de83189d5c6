import { expect, test } from 'vitest';
import { decodeIndex, encodeIndex } from '../../src/git/index-file.ts';
import { type FileNode, type FolderNode, modeOf, pathIn, walk } from '../../src/git/work-tree.ts';

const NOW_MS = 1_800_000_000_000;

function file(parent: string, name: string, kind: FileNode['kind'] = 'file', ctimeMs = NOW_MS - 5000.25): FileNode {
  const stat = { size: 7, mtimeMs: ctimeMs - 1000, ctimeMs, ino: 4_000_000_000, mode: modeOf(kind), uid: 1, gid: 2 };
  const path = pathIn(parent, name);
  return { kind, name, sha: 'ab'.repeat(20), path, stat: { ...stat, isSettled: true }, isThere: true };
}

function folder(path: string, name: string, children: readonly (FileNode | FolderNode)[]): FolderNode {
  const byName = new Map(children.map((child) => [child.name, child]));
  return { kind: 'directory', name, sha: 'cd'.repeat(20), path, children: byName, stat: undefined, isThere: true };
}

/** In the order of a tree: `a-b`, then what is in the folder `a`. */
function example(): FolderNode {
  const inner = folder('/w/a', 'a', [
    file('/w/a', 'b', 'executable'),
    folder('/w/a/c', 'c', [file('/w/a/c', 'd', 'symlink')]),
  ]);
  return folder('/w', '', [file('/w', 'a-b'), inner, file('/w', 'n'.repeat(5000))]);
}

test('what is written into an index is read from it', () => {
  const root = decodeIndex(encodeIndex(example(), 20), '/w', 20, NOW_MS);
  const strip = (node: FolderNode) => {
    walk(node, (child) => 'entry' in child && delete child.entry);
    return node;
  };
  expect(strip(root as FolderNode)).toEqual(strip(example()));
});

test('a file that changed just before the index was written is not settled', () => {
  const isSettled = (ctimeMs: number) => {
    const root = decodeIndex(encodeIndex(folder('/w', '', [file('/w', 'x', 'file', ctimeMs)]), 20), '/w', 20, NOW_MS);
    return root?.children.get('x')?.stat?.isSettled;
  };
  expect([
    isSettled(NOW_MS - 1000.5),
    isSettled(NOW_MS - 10.5),
    isSettled(NOW_MS - 1000),
    isSettled(NOW_MS - 3000),
  ]).toEqual([
    true,
    false,
    false, // a whole second: the file system may keep no fractions
    true,
  ]);
});

test('an index that is cut or changed anywhere is not believed', () => {
  const data = encodeIndex(example(), 20);
  for (let at = 0; at < data.length; at += 7) {
    const flipped = Buffer.from(data);
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    expect(decodeIndex(flipped, '/w', 20, NOW_MS)).toBeUndefined();
    expect(decodeIndex(data.subarray(0, at), '/w', 20, NOW_MS)).toBeUndefined();
  }
});
