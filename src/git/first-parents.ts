import type { CommitObject } from './commit-object.ts';

/** Reads a commit; undefined where it is not there, which is where a shallow clone ends. */
export type ReadCommit = (sha: string) => Promise<Pick<CommitObject, 'parents'> | undefined>;

/** Commits whose first parent is remembered. */
const MAX_KNOWN = 20_000;

/** The lines of commits that branches are: each followed by its first parent, so that what was merged in is left out. */
export class FirstParents {
  /** First parents by commit; null: it has none. They never change. */
  readonly #known = new Map<string, string | null>();

  /** The newest `limit` commits of the line that ends with `sha`, oldest first; none if that one cannot be read. */
  async lineTo(sha: string, limit: number, read: ReadCommit): Promise<string[]> {
    const line: string[] = [];
    for (let at: string | null = sha; at !== null && line.length < limit; ) {
      const parent: string | null | undefined = this.#known.get(at) ?? (await this.#read(at, read));
      if (parent === undefined) break;
      line.push(at);
      at = parent;
    }
    return line.reverse();
  }

  async #read(sha: string, read: ReadCommit): Promise<string | null | undefined> {
    const commit = await read(sha);
    if (commit === undefined) return undefined;
    const parent = commit.parents[0] ?? null;
    const [oldest] = this.#known.size >= MAX_KNOWN ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(sha, parent);
    return parent;
  }
}
