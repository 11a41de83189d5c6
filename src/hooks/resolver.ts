import { isNoCommit, NO_COMMIT, type Trigger } from '../model/push.ts';
import type { WireCommit } from '../protocol/to-dispatcher.ts';
import type { Clock } from '../support/clock.ts';
import type { QueuedPush } from './delivery.ts';
import { commitsBetween, commitsUpTo, isReachable, readable, type Scope, wireCommit } from './new-commits.ts';
import type { Dispatch } from './outlet.ts';
import { isHead } from './ref-name.ts';

/** What follows from some deliveries of one ref. */
export interface Resolution {
  /** To be dispatched one after the other; may be none. */
  readonly dispatches: readonly Dispatch[];
  /** Where the ref is once they are dispatched; null: it is deleted; undefined: as before. */
  readonly tip: string | null | undefined;
}

/** A commit and the delivery that told of it first. */
interface Entry {
  readonly commit: WireCommit;
  readonly push: QueuedPush;
  /** When the observer knew of it: with the delivery that named it, or when git was asked because of one that did not. */
  readonly receivedAt: Date;
}

/**
 * Compares what deliveries say with git, which alone is the truth: what is dispatched are the commits that are new at
 * the ref as it is now, and those that were reported and have gone from it since. A delivery that is late, doubled or
 * out of order therefore changes nothing but the sources.
 * @param pushes deliveries of one ref and source in the order of arrival; at least one.
 */
export async function resolvePushes(
  scope: Scope,
  pushes: readonly [QueuedPush, ...QueuedPush[]],
  clock: Pick<Clock, 'now'>,
): Promise<Resolution> {
  const [{ ref, source }] = pushes;
  const tip = scope.tips.of(scope.repository.id, source).get(ref);
  const reported = [...new Set(pushes.map((push) => push.after))].filter((sha) => !isNoCommit(sha));
  const { known, now } = await lookUp(scope, pushes, reported);
  const lookedAt = clock.now();
  const range = await rangeOf(scope, { ref, tip, now, isReported: now !== undefined && known.has(now) });
  const strays = await straysOf(scope, pushes, known, { now, range });
  const entries = [...strays, ...attribute(range, pushes, lookedAt), ...(await redelivered(scope, pushes, known))];
  const base = { repository: scope.repository.id, ref: isHead(ref) ? 'HEAD' : ref };
  const sources = await sourcesOf(scope, pushes, { entries, known, now });
  const dispatches = bundle(base, [...entries, ...sources], tip ?? NO_COMMIT);
  if (now !== undefined) return { dispatches, tip: now };
  if (isHead(ref)) return { dispatches, tip: undefined };
  return { dispatches: [...dispatches, ...deletion(base, pushes, tip, entries)], tip: null };
}

/** What git has of it: those of the reported commits that can be read, and where the ref is. */
async function lookUp(
  scope: Scope,
  pushes: readonly [QueuedPush, ...QueuedPush[]],
  reported: readonly string[],
): Promise<{ known: ReadonlySet<string>; now: string | undefined }> {
  const { view } = scope;
  const [{ ref }] = pushes;
  const [found, now] = await Promise.all([readable(scope, reported), view.current(ref)]);
  const known = new Set(found);
  const isUpToDate = known.size === reported.length && (now ?? NO_COMMIT) === pushes.at(-1)?.after;
  if (view.kind === 'local' || isUpToDate) return { known, now };
  await view.bring(reported.filter((sha) => !known.has(sha)));
  return { known: new Set(await readable(scope, reported)), now: await view.current(ref) };
}

async function rangeOf(
  scope: Scope,
  { ref, tip, now, isReported }: { ref: string; tip: string | undefined; now: string | undefined; isReported: boolean },
): Promise<WireCommit[]> {
  if (now === undefined || (now === tip && (scope.told.has(now) || !isReported))) return [];
  // HEAD on an old commit is a checkout, not a push
  if (isHead(ref) && (await isReachable(scope, now, undefined))) return [];
  return commitsUpTo(scope, now, tip);
}

/** Commits that were reported and are not at the ref any more (amended, forced away): they count all the same. */
async function straysOf(
  scope: Scope,
  pushes: readonly QueuedPush[],
  known: ReadonlySet<string>,
  { now, range }: { now: string | undefined; range: readonly WireCommit[] },
): Promise<Entry[]> {
  const strays: Entry[] = [];
  const seen = new Set(range.map((commit) => commit.sha));
  for (const push of pushes) {
    if (push.after === now || seen.has(push.after) || !known.has(push.after)) continue;
    if (await isReachable(scope, push.after, now)) continue;
    const fresh = (await commitsUpTo(scope, push.after, undefined)).filter((commit) => !seen.has(commit.sha));
    for (const commit of fresh) seen.add(commit.sha);
    strays.push(...fresh.map((commit) => entryOf(commit, push)));
  }
  return strays;
}

/** A commit that a delivery named, or that comes before one that it named. */
function entryOf(commit: WireCommit, push: QueuedPush): Entry {
  return { commit, push, receivedAt: push.receivedAt };
}

/**
 * Each commit of a range belongs to the first delivery that named it, or a commit after it. One that was made while a
 * delivery of an earlier commit was on its way belongs to the first of all, but nobody knew of it before git was asked.
 */
function attribute(
  range: readonly WireCommit[],
  pushes: readonly [QueuedPush, ...QueuedPush[]],
  lookedAt: Date,
): Entry[] {
  const at = new Map(range.map((commit, position) => [commit.sha, position]));
  const namers = new Array<QueuedPush | undefined>(range.length).fill(undefined);
  for (const push of pushes.toReversed()) namers.fill(push, 0, (at.get(push.after) ?? -1) + 1);
  const waker = pushes.find((push) => !at.has(push.after)) ?? pushes[0];
  return range.map((commit, position) => {
    const namer = namers[position];
    return namer === undefined ? { commit, push: waker, receivedAt: lookedAt } : entryOf(commit, namer);
  });
}

/** What a person wants to be dispatched once more is: as the delivery named it. */
async function redelivered(scope: Scope, pushes: readonly QueuedPush[], known: ReadonlySet<string>): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const push of pushes) {
    if (push.isRedelivery !== true || !known.has(push.after)) continue;
    const commits = isNoCommit(push.before)
      ? await commitsUpTo(scope, push.after, undefined)
      : await commitsBetween(scope, push.before, push.after);
    entries.push(...commits.map((commit) => entryOf(commit, push)));
  }
  return entries;
}

/** Who tells of a commit that another told of before joins its sources: it is sent once more, alone. */
async function sourcesOf(
  scope: Scope,
  pushes: readonly QueuedPush[],
  { entries, known, now }: { entries: readonly Entry[]; known: ReadonlySet<string>; now: string | undefined },
): Promise<Entry[]> {
  const { told, view } = scope;
  const planned = new Map(entries.map(({ commit }) => [commit.sha, commit]));
  const sent = new Set(entries.map(({ commit, push }) => `${commit.sha} ${push.trigger}`));
  const sources: Entry[] = [];
  for (const push of pushes) {
    const sha = known.has(push.after) ? push.after : now;
    const key = `${sha} ${push.trigger}`;
    if (sha === undefined || sent.has(key) || told.knows(sha, push.trigger)) continue;
    if (!planned.has(sha) && !told.has(sha)) continue;
    sent.add(key);
    const commit = planned.get(sha) ?? wireCommit(await (await view.objects()).reader.commit(sha));
    sources.push(entryOf(commit, push));
  }
  return sources;
}

/** Neighbours that the same kind of source told of first go together. */
function bundle(base: Pick<Dispatch, 'repository' | 'ref'>, entries: readonly Entry[], tip: string): Dispatch[] {
  const bundles: { trigger: Trigger; receivedAt: Date; commits: WireCommit[]; shas: Set<string> }[] = [];
  for (const { commit, push, receivedAt } of entries) {
    const last = bundles.at(-1);
    const isOwn = last !== undefined && +receivedAt !== +last.receivedAt;
    if (last?.trigger === push.trigger && !last.shas.has(commit.sha))
      last.commits.push(isOwn ? { ...commit, receivedAt: receivedAt.getTime() } : commit);
    else bundles.push({ trigger: push.trigger, receivedAt, commits: [commit], shas: new Set() });
    bundles.at(-1)?.shas.add(commit.sha);
  }
  let before = tip;
  return bundles.map(({ trigger, receivedAt, commits }) => {
    const after = commits.at(-1)?.sha ?? before;
    const dispatch = { ...base, before, after, trigger, receivedAt: receivedAt.getTime(), commits };
    before = after;
    return dispatch;
  });
}

function deletion(
  base: Pick<Dispatch, 'repository' | 'ref'>,
  [push]: readonly [QueuedPush, ...QueuedPush[]],
  tip: string | undefined,
  entries: readonly Entry[],
): Dispatch[] {
  const before = entries.at(-1)?.commit.sha ?? tip;
  if (before === undefined) return []; // nobody was ever told of it
  const { trigger, receivedAt } = push;
  return [{ ...base, before, after: NO_COMMIT, trigger, receivedAt: receivedAt.getTime(), commits: [] }];
}
