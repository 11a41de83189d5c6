import type { ObjectReader } from './object-reader.ts';
import { type FolderNode, walk } from './work-tree.ts';

const MAX_BYTES = 1024 * 1024;
/** What changes a file between the repository and the work tree. Filters do not: there are none in our configuration. */
const CONVERTS = /\b(?:eol\s*=\s*crlf|crlf|ident|working-tree-encoding)\b/;

/**
 * Tells whether files of a work tree are converted when they are checked out (line ends, encodings), which is left to
 * git. What was read once is remembered: an id never means something else.
 */
export class Attributes {
  readonly #converts = new Map<string, boolean>();

  /** Names the rules that convert; empty if there are none. Where it changes, every file may have to change. */
  async rulesOf(root: FolderNode, reader: ObjectReader): Promise<string> {
    const found: string[] = [];
    walk(root, (node) => {
      if (node.name === '.gitattributes' && (node.kind === 'file' || node.kind === 'executable')) found.push(node.sha);
    });
    const rules = await Promise.all(found.map(async (sha) => ((await this.#ask(sha, reader)) ? [sha] : [])));
    return rules.flat().join(' ');
  }

  async #ask(sha: string, reader: ObjectReader): Promise<boolean> {
    const known = this.#converts.get(sha);
    if (known !== undefined) return known;
    const object = await reader.object(sha, MAX_BYTES);
    const converts = object?.data === undefined || CONVERTS.test(object.data.toString('latin1'));
    this.#converts.set(sha, converts);
    return converts;
  }
}
