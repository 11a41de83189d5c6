import type { NotifyWhen } from '../../config/notify.ts';
import type { BrokenSince, Standing, ToldBreakage, Verdict } from './standing.ts';

/** What is to be said of a verdict: the word for what it is in the life of its branch. */
export const OCCASIONS = [
  'broken', // it fails, and nobody was told yet
  'still_failing', // it fails, and that was told
  'moved', // it is broken since another commit than was told
  'fixed', // it passes, and that it was broken was told
  'failure', // it failed, but a newer commit passes already
  'success',
  'error', // it could not be tested
  'cancelled',
] as const;
export type Occasion = (typeof OCCASIONS)[number];

/** What comes of one verdict. */
export interface Decision {
  readonly occasion: Occasion;
  /** What rules ask for and this is; `always` is every one of them. */
  readonly words: readonly NotifyWhen[];
  /** The breakage that it is about: the one that begins, goes on, or has ended. */
  readonly breakage: ToldBreakage | null;
  /** As it is from now on. */
  readonly standing: Standing;
}

/**
 * Decides what a verdict means for its branch. Verdicts come in any order; what counts is the order of the commits:
 * a breakage is said once, `fixed` only of one that was said, and only by a commit that is not older than the newest one
 * that failed. Undefined: it says nothing (skipped), or was looked at before.
 */
export function decide(standing: Standing, verdict: Verdict, at: Date): Decision | undefined {
  switch (verdict.conclusion) {
    case 'skipped':
      return undefined;
    case 'cancelled':
      return { occasion: 'cancelled', words: ['always'], breakage: null, standing };
    case 'error':
      return decideError(standing, verdict);
    case 'success':
      return wasSeen(standing, verdict) ? undefined : decideSuccess(standing, verdict);
    case 'failure':
    case 'timed_out':
      return wasSeen(standing, verdict) ? undefined : decideFailure(standing, verdict, at);
    default:
      return verdict.conclusion satisfies never;
  }
}

/**
 * Says that a breakage began elsewhere than was told, once that is certain: an older commit was tested since then, or
 * looked for by halves. `now`: what the server says of the newest run that failed. Undefined: nothing new.
 */
export function decideMoved(standing: Standing, now: BrokenSince | null): Decision | undefined {
  const { told } = standing;
  if (told === null || now === null || !now.isCertain || now.number === told.since.number) return undefined;
  const breakage = { ...told, since: now };
  return { occasion: 'moved', words: ['broken', 'always'], breakage, standing: { ...standing, told: breakage } };
}

/**
 * The branch was taken back to a commit that passes: what failed after it is not there any more. Undefined: nobody was told
 * that it is broken.
 */
export function decideBack(standing: Standing): Decision | undefined {
  const { told } = standing;
  if (told === null) return undefined;
  return { occasion: 'fixed', words: ['fixed', 'always'], breakage: told, standing: { ...standing, told: null } };
}

/** The same attempt of the newest run once more: its event was read again after a crash, or its rerun was seen before. */
function wasSeen({ newest }: Standing, { number, attempt }: Verdict): boolean {
  return number === newest.number && attempt <= newest.attempt;
}

function decideError(standing: Standing, { number }: Verdict): Decision {
  const isNews = standing.untestedAt === 0 && number >= standing.newest.number;
  return {
    occasion: 'error',
    words: isNews ? ['error', 'always'] : ['always'],
    breakage: null,
    standing: isNews ? { ...standing, untestedAt: number } : standing,
  };
}

function decideSuccess(standing: Standing, verdict: Verdict): Decision {
  const { told } = standing;
  const next = tested(standing, verdict);
  // an older commit that passes, while a newer one fails, mends nothing
  if (told === null || verdict.number < told.newest.number)
    return { occasion: 'success', words: ['success', 'always'], breakage: null, standing: next };
  const fixed = { ...next, told: null };
  return { occasion: 'fixed', words: ['fixed', 'success', 'always'], breakage: told, standing: fixed };
}

function decideFailure(standing: Standing, verdict: Verdict, at: Date): Decision {
  const { told, newest } = standing;
  const next = tested(standing, verdict);
  const isOlder = verdict.number < (told?.newest.number ?? newest.number);
  if (isOlder) return { occasion: 'failure', words: ['failure', 'always'], breakage: null, standing: next };
  const { run, number } = verdict;
  const breakage = told === null ? begun(verdict, at) : { ...told, newest: { run, number } };
  const lasting = { ...next, told: breakage };
  if (told !== null)
    return { occasion: 'still_failing', words: ['still_failing', 'failure', 'always'], breakage, standing: lasting };
  return { occasion: 'broken', words: ['broken', 'failure', 'always'], breakage, standing: lasting };
}

function begun(verdict: Verdict, at: Date): ToldBreakage {
  const { run, number, sha, author, title, attempt } = verdict;
  const itself = { run, number, sha, author, title, commitsAgo: 0, untested: 0, isCertain: false };
  return {
    id: `${run}.${attempt}`,
    since: verdict.brokenSince ?? itself,
    newest: { run, number },
    toldAt: at.getTime(),
    people: [],
  };
}

/** The standing after a commit was tested. */
function tested(standing: Standing, { number, attempt }: Verdict): Standing {
  return {
    ...standing,
    newest: number >= standing.newest.number ? { number, attempt } : standing.newest,
    untestedAt: number >= standing.untestedAt ? 0 : standing.untestedAt,
  };
}
