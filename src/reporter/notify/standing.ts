import * as z from 'zod';
import type { Conclusion } from '../../model/conclusion.ts';

/** A commit from which on a branch fails, as far as that is known. */
export const brokenSinceSchema = z.object({
  run: z.number(),
  number: z.number(),
  sha: z.string(),
  author: z.string(),
  title: z.string(),
  commitsAgo: z.number(),
  /** Commits before it that nobody has tested: with any of them it may be another one. */
  untested: z.number(),
  /** The commit before it is known to pass. */
  isCertain: z.boolean(),
});
export type BrokenSince = z.output<typeof brokenSinceSchema>;

/** A run that is over, as far as it decides what is said. */
export interface Verdict {
  readonly run: number;
  /** Counts up per repository in the order of the commits: what decides which verdict is newer. */
  readonly number: number;
  readonly attempt: number;
  readonly conclusion: Conclusion;
  readonly sha: string;
  readonly author: string;
  readonly title: string;
  /** Of a run that failed, where the server knows it. */
  readonly brokenSince: BrokenSince | null;
}

/** What was said of a branch that is broken, until it is green again. */
const toldSchema = z.object({
  /** Names the breakage for good: its mails are one conversation. */
  id: z.string(),
  since: brokenSinceSchema,
  /** The newest run that failed. Only one that is not older than this can have mended it. */
  newest: z.object({ run: z.number(), number: z.number() }),
  /** When it was first said, in milliseconds since 1970. */
  toldAt: z.number(),
  /** Addresses that heard of it as authors or owners: they hear of its end, too. */
  people: z.array(z.string()),
});
export type ToldBreakage = z.output<typeof toldSchema>;

/** What is read of a standing that was stored. */
export const standingSchema = z.object({
  /** Number and attempt of the newest run that passed or failed; zeros: there was none yet. */
  newest: z.object({ number: z.number(), attempt: z.number() }),
  told: toldSchema.nullable(),
  /** Number of the run of which "could not be tested" was said; 0: not since the last that could be. */
  untestedAt: z.number(),
});
/**
 * What is known and was said of one workflow on one ref for one event. Made by `decide` alone; stored beside the
 * messages that it led to, in the same transaction.
 */
export type Standing = z.output<typeof standingSchema>;

/** Before anything happened. */
export const NOTHING_KNOWN: Standing = Object.freeze({
  newest: Object.freeze({ number: 0, attempt: 0 }),
  told: null,
  untestedAt: 0,
});
