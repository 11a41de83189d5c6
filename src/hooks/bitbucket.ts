import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { FORK_PATTERN, NO_COMMIT, type Push, SHA_PATTERN } from '../model/push.ts';
import { unreadable } from './delivery-error.ts';
import type { Envelope, Forge, Order } from './forge.ts';
import { pullOrder } from './pull-request.ts';
import { readPayload } from './read-payload.ts';
import { isRefName, isWatchedRef } from './ref-name.ts';
import { idOfBody, isHexHmac } from './signature.ts';

/** Bitbucket Cloud's webhooks. */
export const bitbucket: Forge = {
  name: 'bitbucket',
  speaksGitHub: false,
  recognizes: (headers) => headers['x-event-key'] !== undefined && headers['x-hook-uuid'] !== undefined,
  envelope: (headers, text) => bitbucketEnvelope(headers, headers['x-request-uuid'] ?? idOfBody(text)),
  namesOf,
  verify: async (secret, text, headers) => isHubSigned(secret, text, headers),
  order,
};

const hash = z.string().regex(/^[0-9a-f]{7,64}$/);
const ref = z.string().min(1).max(1000).refine(isRefName, 'is no name of a ref');
const fullSha = z.string().regex(SHA_PATTERN);
const repository = z.object({ full_name: z.string().min(1).max(1000) });
const place = z.object({ type: z.string(), name: ref, target: z.object({ hash: fullSha }) }).nullish();
const pushPayload = z.object({
  repository,
  push: z.object({ changes: z.array(z.object({ old: place, new: place })).max(10_000) }),
});
const side = z.object({
  branch: z.object({ name: ref }),
  commit: z.object({ hash }).nullish(),
  repository: repository.nullish(),
});
const pullPayload = z.object({
  actor: z.object({ nickname: z.string().nullish(), display_name: z.string().nullish() }).nullish(),
  repository,
  pullrequest: z.object({
    ...{ id: z.int().positive(), title: z.string().default(''), description: z.string().nullish() },
    ...{ draft: z.boolean().nullish(), source: side, destination: side },
    merge_commit: z.object({ hash }).nullish(),
    links: z.object({ html: z.object({ href: z.string() }).nullish() }).nullish(),
  }),
});

/** An update is new commits or a new title: it does not say which. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['pullrequest:created', 'opened'],
  ['pullrequest:updated', 'synchronize'],
  ['pullrequest:fulfilled', 'closed'],
  ['pullrequest:rejected', 'closed'],
]);

/** What both Bitbuckets have in common. @throws {DeliveryError} */
export function bitbucketEnvelope(headers: IncomingHttpHeaders, delivery: string | string[]): Envelope {
  const event = headers['x-event-key'];
  if (typeof event !== 'string' || !/^[\w:-]{1,100}$/.test(event)) throw unreadable('X-Event-Key is no name');
  if (typeof delivery !== 'string' || !/^[\w.:-]{1,200}$/.test(delivery)) {
    throw unreadable('the id of the request, by which it is told from others, is no id');
  }
  return { delivery, event };
}

/** `X-Hub-Signature: sha256=<hex>`, as both Bitbuckets sign. */
export function isHubSigned(secret: string, text: string, headers: IncomingHttpHeaders): boolean {
  const said = headers['x-hub-signature'];
  return isHexHmac(secret, text, typeof said === 'string' && said.startsWith('sha256=') ? said.slice(7) : undefined);
}

/** One delivery may tell of several refs; those that are no branches and tags are left out. */
export function pushesOrder(pushes: readonly Push[]): Order {
  const [push, ...more] = pushes.filter(({ ref }) => isWatchedRef(ref));
  if (push === undefined) return { kind: 'ignored', why: 'no branch or tag moved' };
  return more.length === 0 ? { kind: 'push', push } : { kind: 'push', push, more };
}

function namesOf(payload: unknown): readonly string[] {
  const said = (payload as { repository?: Named | null } | null)?.repository;
  return [said?.full_name, said?.links?.html?.href].filter((name) => typeof name === 'string');
}

interface Named {
  readonly full_name?: unknown;
  readonly links?: { readonly html?: { readonly href?: unknown } | null } | null;
}

function order(event: string, payload: unknown): Order {
  if (event === 'repo:push') return pushed(payload);
  const action = ACTIONS.get(event);
  if (action === undefined) return { kind: 'ignored', why: `the event ${event} starts nothing` };
  return pulled(event, action, payload);
}

function pushed(payload: unknown): Order {
  const { repository, push } = readPayload(pushPayload, 'the event repo:push', payload);
  const moved = push.changes.flatMap((change): Push[] => {
    const named = change.new ?? change.old;
    if (!named) return [];
    const before = change.old?.target.hash ?? NO_COMMIT;
    const after = change.new?.target.hash ?? NO_COMMIT;
    const ref = `refs/${named.type.endsWith('tag') ? 'tags' : 'heads'}/${named.name}`;
    return [{ repository: repository.full_name, ref, before, after, trigger: 'webhook' }];
  });
  return pushesOrder(moved);
}

/** Commits are cut to 12 digits: where the branch is says the rest, in the fork where it is one. */
function pulled(event: string, action: string, payload: unknown): Order {
  const { actor, repository, pullrequest: pull } = readPayload(pullPayload, `the event ${event}`, payload);
  const { source, destination } = pull;
  const isMerged = event === 'pullrequest:fulfilled';
  const [sha, short] = [full(source.commit?.hash), source.commit?.hash];
  const from = source.repository?.full_name;
  const baseRepository = destination.repository?.full_name ?? repository.full_name;
  if (from === undefined && !isMerged) return { kind: 'ignored', why: 'a pull request from a fork that is gone' };
  const fork = from === baseRepository ? undefined : from;
  if (fork !== undefined && !FORK_PATTERN.test(fork)) throw unreadable(`${fork} is no name of a repository`);
  const head = { ref: source.branch.name, sha, short, repository: from, fork };
  return pullOrder({
    ...{ action, number: pull.id, title: pull.title, body: pull.description ?? '' },
    ...{ url: pull.links?.html?.href ?? '', labels: [], fetch: [] },
    ...{ isDraft: pull.draft === true, isMerged },
    ...{ merge: full(pull.merge_commit?.hash), head },
    base: { ref: destination.branch.name, sha: full(destination.commit?.hash), repository: baseRepository },
    actor: actor?.nickname ?? actor?.display_name ?? '',
    repository: { full_name: repository.full_name, html_url: `https://bitbucket.org/${repository.full_name}` },
  });
}

function full(hash: string | undefined): string | undefined {
  return hash !== undefined && SHA_PATTERN.test(hash) ? hash : undefined;
}
