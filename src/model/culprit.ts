import type { Conclusion } from './conclusion.ts';

/** What is known of one commit of a branch; runs that are not over have no conclusion. */
export interface CommitVerdict {
  readonly run: number;
  readonly sha: string;
  readonly author: string;
  readonly conclusion: Conclusion | null;
}

/** A commit of a branch for which there is no run: it was there before anybody looked. */
export interface UntoldCommit {
  readonly run: null;
  readonly sha: string;
  readonly conclusion: 'skipped';
}

/** Since when a branch is broken. */
export interface Breakage<Commit extends CommitVerdict = CommitVerdict> {
  /** The oldest commit that is known to fail since the last one that passed. */
  readonly since: Commit;
  /** The newest one before it that passed; undefined if there is none that is known. */
  readonly lastGood: Commit | undefined;
  /** Those between the two that nobody has tested, oldest first: with any of them, `since` may not be the culprit. */
  readonly untested: readonly (Commit | UntoldCommit)[];
  /** How many commits came after `since`. */
  readonly later: number;
}

/**
 * Finds the first bad commit of a branch from the verdicts of its commits, oldest first; undefined if the newest one
 * that has a verdict passed, or none has one. Only `failure` and `timed_out` are bad: an `error` says nothing of the code.
 */
export function findBreakage<Commit extends CommitVerdict>(
  commits: readonly (Commit | UntoldCommit)[],
): Breakage<Commit> | undefined {
  const newest = commits.findLastIndex(isTested);
  const good = commits.findLastIndex(isGood);
  if (newest < 0 || newest === good) return undefined;
  const first = commits.findIndex((commit, at) => at > good && isBad(commit));
  const since = commits[first];
  if (since === undefined || since.run === null) return undefined;
  const lastGood = commits[good];
  return {
    since,
    lastGood: lastGood === undefined || lastGood.run === null ? undefined : lastGood,
    untested: commits.slice(good + 1, first).filter((commit) => !isTested(commit)),
    later: commits.length - 1 - first,
  };
}

/** Is it known that the commit before passed? */
export function isCertain({ lastGood, untested }: Breakage): boolean {
  return lastGood !== undefined && untested.length === 0;
}

/** Priority of the lanes for jobs that look for a culprit: whatever else waits comes first. */
export const SEARCH_PRIORITY = -10;

/**
 * The commit whose verdict halves what is left to look at; undefined where nothing is left, one of them is being tested
 * already, or there is no good commit to start from.
 * @param canBeTested which of those without a verdict can still get one.
 */
export function nextToBisect<Commit extends CommitVerdict>(
  { lastGood, untested }: Breakage<Commit>,
  canBeTested: (commit: Commit) => boolean = ({ conclusion }) => conclusion === 'skipped',
): Commit | undefined {
  if (lastGood === undefined || untested.some(({ conclusion }) => conclusion === null)) return undefined;
  const open = untested.filter((commit) => commit.run !== null).filter(canBeTested);
  return open[Math.floor(open.length / 2)];
}

type Concluded = Pick<CommitVerdict, 'conclusion'>;

/** Says a conclusion anything of the code? */
export function isTested(commit: Concluded): boolean {
  return isGood(commit) || isBad(commit);
}

function isGood({ conclusion }: Concluded): boolean {
  return conclusion === 'success';
}

function isBad({ conclusion }: Concluded): boolean {
  return conclusion === 'failure' || conclusion === 'timed_out';
}
