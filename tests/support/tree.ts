import type { TreeEntry, TreeReader } from '../../src/model/plan.ts';

/** A commit's tree from a table of paths and contents; what begins with `#!` is executable, with `-> ` a link. */
export function treeOf(files: Readonly<Record<string, string>>): TreeReader {
  return {
    async list(directory) {
      const prefix = directory === '' ? '' : `${directory}/`;
      const found = new Map<string, TreeEntry>();
      for (const [path, text] of Object.entries(files)) {
        if (!path.startsWith(prefix)) continue;
        const [name = '', ...below] = path.slice(prefix.length).split('/');
        const kind = below.length > 0 ? 'directory' : kindOf(text);
        found.set(name, { name, kind });
      }
      return [...found.values()];
    },
    read: async (path) => (files[path]?.startsWith('-> ') ? undefined : files[path]),
    readLink: async (path) => /^-> (.*)$/.exec(files[path] ?? '')?.[1],
  };
}

function kindOf(text: string): TreeEntry['kind'] {
  if (text.startsWith('-> ')) return 'symlink';
  return text.startsWith('#!') ? 'executable' : 'file';
}
