import type { Trigger } from '../model/push.ts';

/** How many commits are remembered per repository. */
const MAX_COMMITS = 2_000;

/**
 * Which commits of a repository were dispatched lately, and for which triggers: what was told once need not be told
 * again. It may forget: telling twice is harmless.
 */
export class Told {
  readonly #triggers = new Map<string, Set<Trigger>>();

  has(sha: string): boolean {
    return this.#triggers.has(sha);
  }

  knows(sha: string, trigger: Trigger): boolean {
    return this.#triggers.get(sha)?.has(trigger) ?? false;
  }

  add(shas: Iterable<string>, trigger: Trigger): void {
    for (const sha of shas) {
      const triggers = this.#triggers.get(sha) ?? new Set();
      this.#triggers.delete(sha); // the newest stand last
      this.#triggers.set(sha, triggers.add(trigger));
    }
    for (const oldest of this.#triggers.keys()) {
      if (this.#triggers.size <= MAX_COMMITS) break;
      this.#triggers.delete(oldest);
    }
  }
}
