import type { Trigger } from '../model/push.ts';
import { isBranch } from './ref-name.ts';

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

/** What was told, as a delivery of one ref has to see it. */
export type ToldOf = Pick<Told, 'has' | 'knows' | 'add'>;

/** What branches told, and what tags and HEADs told: a commit that one of those brought is new to a branch. */
export class ToldByKind {
  readonly #branches = new Told();
  readonly #others = new Told();

  /** For deliveries of this ref. */
  of(ref: string): ToldOf {
    const [branches, others] = [this.#branches, this.#others];
    if (isBranch(ref)) return branches;
    return {
      has: (sha) => branches.has(sha) || others.has(sha),
      knows: (sha, trigger) => branches.knows(sha, trigger) || others.knows(sha, trigger),
      add: (shas, trigger) => others.add(shas, trigger),
    };
  }
}
