import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Trigger } from '../model/push.ts';

/** Whose green verdict a run took over; nulls: `signalbox run` of the same machine. */
export interface ReusedFrom {
  readonly run: number | null;
  readonly number: number | null;
}

/** A run as people see it; the field names of the API are made from these in `src/web`. */
export interface RunRecord {
  readonly id: number;
  /** Counts up per repository, in the order of commits. */
  readonly number: number;
  readonly repository: string;
  readonly repositoryId: number;
  readonly workflow: string;
  readonly event: string;
  readonly trigger: Trigger;
  readonly sources: readonly Trigger[];
  readonly ref: string;
  readonly sha: string;
  /** The commit that its pull request is at, where `sha` is what the forge merged of it, or its base; null for all others. */
  readonly head: string | null;
  readonly title: string;
  readonly author: string;
  readonly status: Status;
  readonly conclusion: Conclusion | null;
  /** Why it was skipped or could not be tested, in words. */
  readonly reason: string | null;
  /** Why this program executes it though nobody asked for it: `to find since when main is broken`; null for all others. */
  readonly purpose: string | null;
  /** Whose verdict it took over instead of being executed; null for all others. */
  readonly reusedFrom: ReusedFrom | null;
  /** Path of its workflow file; null for found tests. */
  readonly path: string | null;
  /** What tells it from other runs of the same event on the same commit; see {@link NewDispatch}. */
  readonly occurrence: string;
  /** Who caused it; null where that is not known. */
  readonly actor: string | null;
  /** Why it waits for a person before anything of it begins, in words; null: it does not. */
  readonly held: string | null;
  /** Who let it begin, and when; null: nobody had to. */
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly attempt: number;
  /** Who asked for this attempt, as they called themselves; null: nobody had to, or it is not known. */
  readonly askedBy: string | null;
  /** A job of it failed and was executed again by itself: a success is not a plain one. */
  readonly isRetried: boolean;
  readonly createdAt: Date;
  readonly committedAt: Date;
  readonly receivedAt: Date;
  /** Of this attempt: a later one is dispatched when somebody asks for it. */
  readonly dispatchedAt: Date;
  readonly startedAt: Date | null;
  readonly completedAt: Date | null;
}
