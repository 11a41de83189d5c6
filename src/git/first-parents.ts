import type { CommitObject } from './commit-object.ts';

/** Reads a commit; undefined where it is not there, which is where a shallow clone ends. */
export type ReadCommit = (sha: string) => Promise<Pick<CommitObject, 'parents'> | undefined>;

/** Commits whose parents are remembered. */
const MAX_KNOWN = 20_000;

/** The lines of commits that branches are: each followed by its first parent, so that what was merged in is beside them. */
export class FirstParents {
  /** Parents by commit. They never change. */
  readonly #known = new Map<string, readonly string[]>();

  /** The newest `limit` commits of the line that ends with `sha`, oldest first; none if that one cannot be read. */
  async lineTo(sha: string, limit: number, read: ReadCommit): Promise<string[]> {
    const line: string[] = [];
    await this.#walk({ sha, limit, read }, (at) => line.push(at));
    return line.reverse();
  }

  /** What was merged into that line: the commits that did, each with those that it brought in. */
  async mergesInto(sha: string, limit: number, read: ReadCommit): Promise<Map<string, readonly string[]>> {
    const merges = new Map<string, readonly string[]>();
    await this.#walk({ sha, limit, read }, (at, [, ...merged]) => merged.length > 0 && merges.set(at, merged));
    return merges;
  }

  /** Waits only for commits that are not known yet: a page asks for the lines of many branches. */
  async #walk(
    { sha, limit, read }: { readonly sha: string; readonly limit: number; readonly read: ReadCommit },
    visit: (sha: string, parents: readonly string[]) => void,
  ): Promise<void> {
    let at: string | undefined = sha;
    for (let count = 0; at !== undefined && count < limit; count++) {
      const parents: readonly string[] | undefined = this.#known.get(at) ?? (await this.#read(at, read));
      if (parents === undefined) return;
      visit(at, parents);
      [at] = parents;
    }
  }

  async #read(sha: string, read: ReadCommit): Promise<readonly string[] | undefined> {
    const commit = await read(sha);
    if (commit === undefined) return undefined;
    const [oldest] = this.#known.size >= MAX_KNOWN ? this.#known.keys() : [];
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(sha, commit.parents);
    return commit.parents;
  }
}
