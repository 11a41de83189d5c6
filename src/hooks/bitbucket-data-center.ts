import * as z from 'zod';
import { type Push, SHA_PATTERN } from '../model/push.ts';
import { bitbucketEnvelope, isHubSigned, pushesOrder } from './bitbucket.ts';
import type { Forge, Order } from './forge.ts';
import { pullOrder } from './pull-request.ts';
import { readPayload } from './read-payload.ts';
import { isRefName } from './ref-name.ts';
import { idOfBody } from './signature.ts';

/** Webhooks of Bitbucket Data Center and Server; they speak otherwise than the Cloud's. */
export const bitbucketDataCenter: Forge = {
  name: 'bitbucket-data-center',
  speaksGitHub: false,
  recognizes: (headers) => headers['x-event-key'] !== undefined,
  envelope: (headers, text) => bitbucketEnvelope(headers, headers['x-request-id'] ?? idOfBody(text)),
  namesOf,
  verify: async (secret, text, headers) => isHubSigned(secret, text, headers),
  order,
};

const sha = z.string().regex(SHA_PATTERN);
const ref = z.string().min(1).max(4096).refine(isRefName, 'is no name of a ref');
const repository = z.object({
  slug: z.string().min(1).max(500),
  project: z.object({ key: z.string().min(1).max(500) }),
});
type Repository = z.infer<typeof repository>;
const pushPayload = z.object({
  repository,
  changes: z.array(z.object({ refId: ref, fromHash: sha, toHash: sha })).max(10_000),
});
const side = z.object({ id: ref, latestCommit: sha, repository });
const pullPayload = z.object({
  actor: z.object({ name: z.string() }).nullish(),
  pullRequest: z.object({
    ...{ id: z.int().positive(), title: z.string().default(''), description: z.string().nullish() },
    ...{ draft: z.boolean().nullish(), fromRef: side, toRef: side },
    properties: z.object({ mergeCommit: z.object({ id: sha }).nullish() }).nullish(),
    links: z.object({ self: z.array(z.object({ href: z.string() })) }).nullish(),
  }),
});

const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['pr:opened', 'opened'],
  ['pr:from_ref_updated', 'synchronize'],
  ['pr:modified', 'edited'],
  ['pr:merged', 'closed'],
  ['pr:declined', 'closed'],
  ['pr:deleted', 'closed'],
]);

/** `PROJ/app`; over https it is cloned from `scm/proj/app`, of which a repository may have its name here. */
function namesOf(payload: unknown): readonly string[] {
  const said = payload as { repository?: unknown; pullRequest?: { toRef?: { repository?: unknown } } } | null;
  const found = said?.repository ?? said?.pullRequest?.toRef?.repository;
  const parsed = repository.safeParse(found);
  if (!parsed.success) return [];
  const name = nameOf(parsed.data);
  const clone = (found as { links?: { clone?: unknown } | null }).links?.clone;
  const addresses = Array.isArray(clone) ? clone.slice(0, 10).map((one: { href?: unknown } | null) => one?.href) : [];
  return [name, `scm/${name}`, ...addresses.filter((href) => typeof href === 'string')];
}

function nameOf({ project, slug }: Repository): string {
  return `${project.key}/${slug}`;
}

function order(event: string, payload: unknown): Order {
  if (event === 'repo:refs_changed') {
    const { repository, changes } = readPayload(pushPayload, `the event ${event}`, payload);
    const moved = changes.map(({ refId, fromHash, toHash }): Push => {
      return { repository: nameOf(repository), ref: refId, before: fromHash, after: toHash, trigger: 'webhook' };
    });
    return pushesOrder(moved);
  }
  const action = ACTIONS.get(event);
  if (action === undefined) return { kind: 'ignored', why: `the event ${event} starts nothing` };
  return pulled(event, action, payload);
}

function pulled(event: string, action: string, payload: unknown): Order {
  const { actor, pullRequest: pull } = readPayload(pullPayload, `the event ${event}`, payload);
  const sideOf = ({ id, latestCommit, repository }: z.infer<typeof side>) => {
    return { ref: id.replace(/^refs\/heads\//, ''), sha: latestCommit, repository: nameOf(repository) };
  };
  const base = sideOf(pull.toRef);
  return pullOrder({
    ...{ action, number: pull.id, title: pull.title, body: pull.description ?? '' },
    ...{ url: pull.links?.self[0]?.href ?? '', labels: [], head: sideOf(pull.fromRef), base },
    ...{ isDraft: pull.draft === true, isMerged: event === 'pr:merged' },
    merge: pull.properties?.mergeCommit?.id,
    actor: actor?.name ?? '',
    repository: { full_name: base.repository },
    fetch: [`refs/pull-requests/${pull.id}/from`],
  });
}
