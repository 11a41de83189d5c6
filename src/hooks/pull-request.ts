import { FROM_A_FORK, isFromFork } from '../model/trust.ts';
import type { Json } from '../model/workflow.ts';
import type { ForgeEvent, Order } from './forge.ts';

/** One side of a pull request. */
export interface PullSide {
  /** Short name of the branch. */
  readonly ref: string;
  /** Full id of the commit; absent: the forge does not say it. */
  readonly sha?: string | undefined;
  /** Its first digits, where the forge says no more; for the payload alone. */
  readonly short?: string | undefined;
  /** Full name of the repository; absent: it is gone, or the forge does not say it. */
  readonly repository?: string | undefined;
  /** Its path in addresses to clone from, where it is a fork of which the forge names no commit in full. */
  readonly fork?: string | undefined;
}

/** A pull or merge request, as far as it is known, in the words of no forge but GitHub's for `action`. */
export interface PullFacts {
  readonly action: string;
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly url: string;
  readonly isDraft: boolean;
  readonly isMerged: boolean;
  /** What the merge made. */
  readonly merge?: string | undefined;
  readonly labels: readonly string[];
  readonly head: PullSide;
  readonly base: PullSide;
  /** Login of who caused it. */
  readonly actor: string;
  /** As a payload of GitHub shows it; at least `full_name`. */
  readonly repository: { readonly [key: string]: Json };
  /** Refs by which the head can be had. */
  readonly fetch: readonly string[];
}

/** The events that GitHub makes of a pull request: `pull_request`, and `pull_request_target` on its base. */
export function pullOrder(facts: PullFacts): Order {
  const payload = payloadOf(facts);
  const isForeign = isFromFork('pull_request', payload);
  const common = {
    ...{ title: facts.title, actor: facts.actor.slice(0, 200), payload },
    ...(isForeign ? { held: FROM_A_FORK } : {}),
  };
  const { sha } = facts.base;
  const base = { ref: `refs/heads/${facts.base.ref}`, ...(sha === undefined ? {} : { sha }) };
  const target = { name: 'pull_request_target', ...common, ...base };
  return { kind: 'events', events: [{ name: 'pull_request', ...common, ...placeOf(facts) }, target] };
}

/** Where it would be merged; once it is merged, the branch that it went into; without a commit, where its branch is, perhaps in a fork. */
function placeOf({
  number,
  isMerged,
  merge,
  head,
  base,
  fetch,
}: PullFacts): Pick<ForgeEvent, 'ref' | 'sha' | 'base' | 'fetch' | 'fork'> {
  if (isMerged && merge !== undefined) return { ref: `refs/heads/${base.ref}`, sha: merge };
  if (isMerged && head.sha === undefined) return { ref: `refs/heads/${base.ref}` };
  const compared = base.sha === undefined ? {} : { base: base.sha };
  const pull = `refs/pull/${number}/merge`;
  if (head.fork !== undefined) return { ref: pull, fork: { path: head.fork, branch: head.ref }, ...compared };
  if (head.sha === undefined) return { ref: `refs/heads/${head.ref}`, ...compared };
  return { ref: pull, sha: head.sha, ...compared, fetch };
}

function payloadOf(facts: PullFacts): { readonly [key: string]: Json } {
  const { action, number, title, body, url, isDraft, isMerged, merge = null, labels, head, base, actor } = facts;
  const isClosed = action === 'closed';
  return {
    ...{ action, number },
    pull_request: {
      ...{ number, title, body, html_url: url, draft: isDraft, merged: isMerged, merge_commit_sha: merge },
      state: isClosed ? 'closed' : 'open',
      labels: labels.map((name) => ({ name })),
      head: sideOf(head),
      base: sideOf(base),
    },
    repository: facts.repository,
    sender: { login: actor },
  };
}

function sideOf({ ref, sha, short, repository }: PullSide): Json {
  return { ref, sha: sha ?? short ?? '', repo: repository === undefined ? null : { full_name: repository } };
}
