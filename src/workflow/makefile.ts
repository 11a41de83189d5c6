import type { Folder } from './finding.ts';

/** What the rules of a Makefile, and of the files that it includes, are about. */
export interface Makefile {
  readonly targets: ReadonlySet<string>;
  /** Targets that are no files, by `.PHONY`. */
  readonly phony: ReadonlySet<string>;
  /** Names that are included and were not read: not in this folder or below, or made of variables. */
  readonly unread: readonly string[];
}

/** Most files that are read for one Makefile. */
const MAX_FILES = 20;

const INCLUDE = /^ *(?:-include|sinclude|include)[ \t]+([^#]+)/;

/** Reads a Makefile of the folder with what it includes by plain names, as `make` would in that folder. */
export async function readMakefile(folder: Folder, file: string): Promise<Makefile> {
  const targets = new Set<string>();
  const phony = new Set<string>();
  const unread: string[] = [];
  const files = new Set([file]);
  for (const name of files) {
    const isPlain = /^[\w.+-][\w.+/-]*$/.test(name) && !name.split('/').includes('..');
    const text = isPlain && files.size <= MAX_FILES ? await folder.read(name.replace(/^(?:\.\/)+/, '')) : undefined;
    if (text === undefined) unread.push(name);
    for (const line of (text ?? '').replaceAll(/\\\r?\n/g, ' ').split(/\r?\n/)) {
      for (const included of words(INCLUDE.exec(line)?.[1])) files.add(included);
      const { left, right } = ruleIn(line);
      for (const target of words(left)) targets.add(target);
      if (words(left).includes('.PHONY')) for (const target of words(right)) phony.add(target);
    }
  }
  return { targets, phony, unread: unread.filter((name) => name !== file) };
}

/** What stands before and after the colon of a rule; a tab begins a line of a recipe, and `:=` and `::=` set variables. */
function ruleIn(line: string): { readonly left?: string; readonly right?: string } {
  const at = line.startsWith('\t') ? -1 : line.search(/[:=#]/);
  const colons = at < 1 ? null : /^::?(?!:{0,2}=)/.exec(line.slice(at, at + 4));
  if (colons === null) return {};
  return {
    left: line.slice(0, at).replace(/&$/, ''),
    right: line.slice(at + colons[0].length).split(/[=;#]/, 1)[0] ?? '',
  };
}

function words(text = ''): readonly string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
