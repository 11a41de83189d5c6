import type { NotifyRule } from '../../config/notify.ts';
import { matchesPatterns } from '../../workflow/patterns.ts';
import type { Decision } from './decide.ts';

/** Where a run happened. */
export interface Place {
  readonly event: string;
  /** Full ref. */
  readonly ref: string;
  /** Full ref; null: it is not known, then the usual names count. */
  readonly defaultBranch: string | null;
}

const USUAL = new Set(['refs/heads/main', 'refs/heads/master', 'refs/heads/trunk']);

/**
 * Does a rule want to hear of this? A pull request concerns its author alone, so only rules that tell the author, and
 * {@link recipients} leaves the others of the rule out.
 */
export function isAsked(rule: NotifyRule, { words }: Pick<Decision, 'words'>, place: Place): boolean {
  if (!words.some((word) => rule.on.includes(word))) return false;
  if (isPullRequest(place)) return rule.target.kind === 'mail' && rule.target.to.includes('author');
  return isBranch(rule, place);
}

/** Is the run one of a pull request? */
export function isPullRequest({ event }: Pick<Place, 'event'>): boolean {
  return event === 'pull_request' || event === 'pull_request_target';
}

function isBranch({ branches }: NotifyRule, { ref, defaultBranch }: Place): boolean {
  if (branches === null) return defaultBranch === null ? USUAL.has(ref) : ref === defaultBranch;
  // a pattern that begins with refs/ is one of full refs: that is how tags are named
  const full = branches.filter((pattern) => /^!?refs\//.test(pattern));
  const short = branches.filter((pattern) => !/^!?refs\//.test(pattern));
  if (matchesPatterns(full, ref)) return true;
  return ref.startsWith('refs/heads/') && matchesPatterns(short, ref.slice('refs/heads/'.length));
}
