/** How we learned of a push. The first source is the run's `trigger`; all who told are its `sources`. */
export const TRIGGERS = [
  'webhook',
  'hook',
  'watch',
  'poll',
  'schedule',
  'workflow_run',
  'manual',
  'api',
  'classic',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

/** What git writes where there is no commit: `before` of a new ref, `after` of a deleted one. */
export const NO_COMMIT = '0'.repeat(40);

/** A full commit id: 40 hex digits, or 64 in a SHA-256 repository; lower case. */
export const SHA_PATTERN = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** `owner/name` of a fork, which becomes part of an address at the forge of the repository. */
export const FORK_PATTERN = /^(?!\.)[\w.-]{1,200}\/(?!\.)[\w.-]{1,200}$/;

/** Is this the all-zero id, of either length? */
export function isNoCommit(sha: string): boolean {
  return /^0+$/.test(sha);
}

/** One commit, as git tells it. */
export interface Commit {
  readonly sha: string;
  /** First line of the message; at most 500 characters. */
  readonly title: string;
  /** `Ada Lovelace <ada@example.org>`. */
  readonly author: string;
  /** Committer date. */
  readonly committedAt: Date;
}

/** One ref moved; the shape behind every door (GitHub's webhook, the hook, the watcher, the poller). */
export interface Push {
  /** Full name of the repository: `owner/name`, `local/name`. */
  readonly repository: string;
  /** Full ref (`refs/heads/main`), or `HEAD` for a detached one. */
  readonly ref: string;
  /** Where the ref was; all zeros for a new ref. A hint: git is the truth. */
  readonly before: string;
  /** Where the ref is; all zeros for a deleted ref. A hint: git is the truth. */
  readonly after: string;
  readonly trigger: Trigger;
}
