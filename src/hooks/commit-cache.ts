import type { CommitObject, ObjectReader } from '../git/object-reader.ts';

/** How many commits are kept per source. */
const MAX_COMMITS = 256;

/** Reads commits, each once: they can never change. What is asked for while it is being read is read once. */
export class CommitCache {
  readonly #reader: ObjectReader;
  readonly #commits = new Map<string, Promise<CommitObject>>();

  constructor(reader: ObjectReader) {
    this.#reader = reader;
  }

  /** @throws {CommitNotFoundError} if it is not there. */
  commit(sha: string): Promise<CommitObject> {
    const known = this.#commits.get(sha);
    if (known !== undefined) return known;
    const commit = this.#reader.commit(sha);
    this.#commits.set(sha, commit);
    commit.catch(() => this.#commits.delete(sha)); // it may come yet
    const [oldest] = this.#commits.keys();
    if (this.#commits.size > MAX_COMMITS && oldest !== undefined) this.#commits.delete(oldest);
    return commit;
  }

  /** Ends the git process behind it. */
  close(): Promise<void> {
    return this.#reader.close();
  }
}
