import type { IncomingHttpHeaders } from 'node:http';
import { Webhooks } from '@octokit/webhooks';
import * as z from 'zod';
import { NO_COMMIT, type Push, SHA_PATTERN, type Trigger } from '../model/push.ts';
import { unreadable } from './delivery-error.ts';
import type { Envelope, Forge, Order } from './forge.ts';
import { githubEvents } from './github-events.ts';
import { readPayload } from './read-payload.ts';
import { isRefName, isWatchedRef } from './ref-name.ts';

/** Who may say of itself what it is; anything else is a webhook. */
const OWN_TRIGGERS: readonly Trigger[] = ['hook', 'watch', 'poll'];

/** More secrets than this are not remembered: those of repositories that are gone would stay. */
const MAX_VERIFIERS = 100;
const verifiers = new Map<string, Webhooks>();

const sha = z.string().regex(SHA_PATTERN);
const pushPayload = z.object({
  ref: z.string().min(1).max(4096).refine(isRefName, 'is no name of a ref'),
  before: sha.default(NO_COMMIT),
  after: sha,
  repository: z.object({ full_name: z.string().min(1).max(1000) }),
});

/** GitHub's webhooks, and what speaks like them: the local hook, the watcher and the poller. */
export const github: Forge = {
  name: 'github',
  speaksGitHub: true,
  recognizes: (headers) => headers['x-github-event'] !== undefined,
  envelope,
  namesOf,
  verify,
  order,
};

function envelope(headers: IncomingHttpHeaders): Envelope {
  const event = headers['x-github-event'];
  const delivery = headers['x-github-delivery'];
  if (typeof event !== 'string' || !/^[\w.-]{1,100}$/.test(event)) throw unreadable('X-GitHub-Event is no name');
  if (typeof delivery !== 'string' || !/^[\w.:-]{1,200}$/.test(delivery)) {
    throw unreadable('X-GitHub-Delivery, the id by which it is told from others, is missing or no id');
  }
  return { delivery, event };
}

/** As GitHub, Gitea and Forgejo name it. */
export function namesOf(payload: unknown): readonly string[] {
  const { full_name, clone_url, ssh_url } = (payload as { repository?: Named | null } | null)?.repository ?? {};
  return [full_name, clone_url, ssh_url].filter((name) => typeof name === 'string');
}

interface Named {
  readonly full_name?: unknown;
  readonly clone_url?: unknown;
  readonly ssh_url?: unknown;
}

async function verify(secret: string, text: string, headers: IncomingHttpHeaders): Promise<boolean> {
  const signature = headers['x-hub-signature-256'];
  // an unsigned one costs as much as a wrongly signed one; octokit refuses to look at an empty text or signature
  return verifierOf(secret).verify(text || ' ', typeof signature === 'string' && signature !== '' ? signature : '-');
}

/** Making one costs as much as what it does. */
function verifierOf(secret: string): Webhooks {
  const known = verifiers.get(secret) ?? new Webhooks({ secret });
  if (verifiers.size >= MAX_VERIFIERS) verifiers.clear();
  verifiers.set(secret, known);
  return known;
}

function order(event: string, payload: unknown, headers: IncomingHttpHeaders): Order {
  if (event === 'ping') return { kind: 'ping' };
  if (event !== 'push') {
    const [first, ...more] = githubEvents(event, payload);
    if (first !== undefined) return { kind: 'events', events: [first, ...more] };
    return { kind: 'ignored', why: `the event ${event} starts nothing` };
  }
  return pushOrder(pushOf(payload, triggerOf(headers['x-signalbox-trigger'])));
}

/** Refs that are neither branches nor tags are left alone. */
export function pushOrder(push: Push): Order {
  if (isWatchedRef(push.ref)) return { kind: 'push', push };
  return { kind: 'ignored', why: `${push.ref} is neither a branch nor a tag` };
}

/** A push in GitHub's shape. @throws {DeliveryError} */
export function pushOf(payload: unknown, trigger: Trigger): Push {
  const { ref, before, after, repository } = readPayload(pushPayload, 'the push', payload);
  return { repository: repository.full_name, ref, before, after, trigger };
}

function triggerOf(header: string | string[] | undefined): Trigger {
  return OWN_TRIGGERS.find((trigger) => trigger === header) ?? 'webhook';
}
