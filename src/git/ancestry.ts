import type { CommitObject, ObjectReader } from './object-reader.ts';

/** So many commits are looked at; what is further away is not found. */
const MAX_COMMITS = 2_000;
/** A parent may be younger than its child by so much, in milliseconds. */
const CLOCKS_DIFFER_MS = 600_000;

type Reader = Pick<ObjectReader, 'commit'>;

/**
 * Can the commit `sha` be reached from another one? Only commits that are not older are looked at, so that an amended
 * commit, which cannot be reached from the one in its place, costs no walk through the whole history. No process is started.
 */
export async function isAncestor(reader: Reader, sha: string, of: CommitObject): Promise<boolean> {
  if (sha === of.sha || of.parents.includes(sha)) return true;
  const target = await find(reader, sha);
  if (target === undefined) return false;
  const sinceMs = target.committedAt.getTime() - CLOCKS_DIFFER_MS;
  const seen = new Set<string>([of.sha]);
  for (let front = [of]; front.length > 0 && seen.size < MAX_COMMITS; ) {
    const parents = [...new Set(front.flatMap((one) => one.parents))].filter((one) => !seen.has(one));
    if (parents.includes(sha)) return true;
    for (const one of parents) seen.add(one);
    const read = await Promise.all(parents.map((one) => find(reader, one)));
    front = read.flatMap((one) => (one !== undefined && one.committedAt.getTime() >= sinceMs ? [one] : []));
  }
  return false;
}

/**
 * The newest commit that can be reached from both; undefined if there is none among the nearest ones. Where histories
 * were merged back and forth there are several, and any may be given.
 */
export async function mergeBase(
  reader: Reader,
  one: CommitObject,
  other: CommitObject,
): Promise<CommitObject | undefined> {
  const sides = new Map<string, number>();
  const waiting = new Map<string, CommitObject>();
  const reach = (commit: CommitObject, side: number) => {
    sides.set(commit.sha, (sides.get(commit.sha) ?? 0) | side);
    waiting.set(commit.sha, commit);
  };
  reach(one, 1);
  reach(other, 2);
  for (let looked = 0; looked < MAX_COMMITS && waiting.size > 0; looked++) {
    const next = [...waiting.values()].reduce((a, b) => (b.committedAt > a.committedAt ? b : a));
    waiting.delete(next.sha);
    const side = sides.get(next.sha) ?? 0;
    if (side === 3) return next;
    for (const sha of next.parents) {
      if (((sides.get(sha) ?? 0) | side) === sides.get(sha)) continue;
      const parent = await find(reader, sha);
      if (parent !== undefined) reach(parent, side);
    }
  }
  return undefined;
}

/** Undefined where a shallow clone ends. */
function find(reader: Reader, sha: string): Promise<CommitObject | undefined> {
  return reader.commit(sha).catch(() => undefined);
}
