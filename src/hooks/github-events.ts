import * as z from 'zod';
import { SHA_PATTERN } from '../model/push.ts';
import { FROM_A_FORK, isFromFork } from '../model/trust.ts';
import type { Json } from '../model/workflow.ts';
import type { ForgeEvent } from './forge.ts';
import { readPayload } from './read-payload.ts';
import { isRefName } from './ref-name.ts';

/** Events that happen on the default branch, whatever they speak of. */
const ON_DEFAULT_BRANCH: ReadonlySet<string> = new Set([
  ...['branch_protection_rule', 'check_run', 'check_suite', 'delete', 'discussion', 'discussion_comment', 'fork'],
  ...['gollum', 'issue_comment', 'issues', 'label', 'milestone', 'page_build', 'public', 'registry_package'],
  ...['repository_dispatch', 'status', 'watch'],
]);
/** Events of a pull request: they happen where it would be merged. */
const ON_PULL_REQUEST: ReadonlySet<string> = new Set([
  ...['pull_request', 'pull_request_review', 'pull_request_review_comment'],
]);

const sha = z.string().regex(SHA_PATTERN);
const ref = z.string().min(1).max(1000).refine(isRefName, 'is no name of a ref');
const pullRequest = z.object({
  number: z.int().positive(),
  title: z.string().default(''),
  merged: z.boolean().nullish(),
  merge_commit_sha: sha.nullish(),
  head: z.object({ sha, ref }),
  base: z.object({ sha, ref }),
});

/**
 * What workflows there are for a webhook that is no push: GitHub's list of events, with the ref and the commit on which
 * GitHub would run them. Empty: the event starts no workflows.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 * @throws {DeliveryError} if the payload is not what the event promises.
 */
export function githubEvents(name: string, payload: unknown): readonly ForgeEvent[] {
  if (ON_PULL_REQUEST.has(name)) return ofPullRequest(name, payload);
  if (ON_DEFAULT_BRANCH.has(name)) return [event(name, payload, {})];
  if (name === 'release') {
    const { release } = readPayload(z.object({ release: z.object({ tag_name: ref }) }), `the event ${name}`, payload);
    return [event(name, payload, { ref: `refs/tags/${release.tag_name}` })];
  }
  if (name === 'create') {
    const made = readPayload(z.object({ ref, ref_type: z.enum(['branch', 'tag']) }), `the event ${name}`, payload);
    return [event(name, payload, { ref: `refs/${made.ref_type === 'tag' ? 'tags' : 'heads'}/${made.ref}` })];
  }
  if (name === 'merge_group') {
    const { merge_group: group } = readPayload(
      z.object({ merge_group: z.object({ head_sha: sha, head_ref: ref }) }),
      `the event ${name}`,
      payload,
    );
    return [event(name, payload, { ref: group.head_ref, sha: group.head_sha, fetch: [group.head_ref] })];
  }
  if (name === 'deployment' || name === 'deployment_status') {
    const { deployment } = readPayload(z.object({ deployment: z.object({ sha }) }), `the event ${name}`, payload);
    return [event(name, payload, { sha: deployment.sha })];
  }
  return [];
}

/** As GitHub has it: the merge of both, or, once it is merged, the branch that it went into. */
function ofPullRequest(name: string, payload: unknown): readonly ForgeEvent[] {
  const { pull_request: pull } = readPayload(z.object({ pull_request: pullRequest }), `the event ${name}`, payload);
  const { number, head, base, title } = pull;
  const isForeign = isFromFork(name, payload as { readonly [key: string]: Json });
  const common = { title, ...(isForeign ? { held: FROM_A_FORK } : {}) };
  const target = name === 'pull_request' ? 'pull_request_target' : undefined;
  const ofTarget =
    target === undefined ? [] : [event(target, payload, { ...common, ref: `refs/heads/${base.ref}`, sha: base.sha })];
  if (pull.merged === true && pull.merge_commit_sha) {
    const into = { ...common, ref: `refs/heads/${base.ref}`, sha: pull.merge_commit_sha };
    return [event(name, payload, into), ...ofTarget];
  }
  const own = { ref: `refs/pull/${number}/merge`, sha: head.sha, base: base.sha };
  const fetch = [`refs/pull/${number}/merge`, `refs/pull/${number}/head`];
  return [event(name, payload, { ...common, ...own, fetch }), ...ofTarget];
}

function event(name: string, payload: unknown, more: Partial<ForgeEvent>): ForgeEvent {
  const { sender } = payload as { sender?: { login?: unknown } };
  const actor = typeof sender?.login === 'string' ? sender.login.slice(0, 200) : '';
  return { name, actor, payload: payload as { readonly [key: string]: Json }, ...more };
}
