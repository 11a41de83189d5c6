import type { Plan } from '../model/plan.ts';
import type { Trigger } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';

/** One commit of a push with its plan; for one that is not tested, a plan without jobs that says why. */
export interface DispatchedCommit {
  readonly sha: string;
  /** Id of the commit's tree; null where it is not known (the commit is skipped). */
  readonly tree: string | null;
  readonly title: string;
  readonly author: string;
  readonly committedAt: Date;
  /** When the observer knew of it. Default: `receivedAt` of the dispatch. */
  readonly receivedAt?: Date;
  readonly plan: Plan;
  /** The event as a forge sends it, for expressions. Default: empty. */
  readonly payload?: { readonly [key: string]: Json };
  /** The commit that its pull request is at, where `sha` is another one. */
  readonly head?: string;
  /** Who caused it: a login or a name. Default: the author. */
  readonly actor?: string;
}

/** A push to be stored: one run per commit and plan, unless it is there already. */
export interface NewDispatch {
  readonly repository: number;
  readonly event: string;
  readonly ref: string;
  readonly before: string;
  readonly after: string;
  readonly trigger: Trigger;
  readonly receivedAt: Date;
  /** Oldest first, one entry per commit and plan; run numbers follow this order. The last commit is the tip of the ref. */
  readonly commits: readonly DispatchedCommit[];
  /** Part of a run's identity: empty for a push, the delivery id for a manual dispatch. Default ''. */
  readonly occurrence?: string;
}
