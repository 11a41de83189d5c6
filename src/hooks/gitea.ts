import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { NO_COMMIT } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import { unreadable } from './delivery-error.ts';
import type { Envelope, Forge, Order } from './forge.ts';
import { namesOf, pushOf, pushOrder } from './github.ts';
import { githubEvents } from './github-events.ts';
import { readPayload } from './read-payload.ts';
import { isRefName } from './ref-name.ts';
import { idOfBody, isHexHmac } from './signature.ts';

/** Gitea's webhooks: GitHub's payloads, with words and a signature of their own. */
export const gitea = forgeOf('gitea', 'X-Gitea');
/** Forgejo's: Gitea's under another name. */
export const forgejo = forgeOf('forgejo', 'X-Forgejo');

/** What they call otherwise than GitHub: activities of a pull request, and reviews. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['synchronized', 'synchronize'],
  ['label_updated', 'labeled'],
  ['label_cleared', 'unlabeled'],
]);
const REVIEWS: ReadonlySet<string> = new Set([
  ...['pull_request_approved', 'pull_request_rejected', 'pull_request_comment'],
]);

const deletion = z.object({
  ref: z.string().min(1).max(1000).refine(isRefName, 'is no name of a ref'),
  ref_type: z.enum(['branch', 'tag']),
  repository: z.object({ full_name: z.string().min(1).max(1000) }),
});

function forgeOf(name: string, prefix: string): Forge {
  const header = (headers: IncomingHttpHeaders, what: string) => headers[`${prefix}-${what}`.toLowerCase()];
  return {
    name,
    speaksGitHub: true,
    recognizes: (headers) => header(headers, 'Event') !== undefined,
    envelope: (headers, text): Envelope => {
      const event = header(headers, 'Event');
      const delivery = header(headers, 'Delivery') ?? idOfBody(text);
      if (typeof event !== 'string' || !/^\w{1,100}$/.test(event)) throw unreadable(`${prefix}-Event is no name`);
      if (typeof delivery !== 'string' || !/^[\w.:-]{1,200}$/.test(delivery)) {
        throw unreadable(`${prefix}-Delivery, the id by which it is told from others, is no id`);
      }
      return { delivery, event };
    },
    namesOf,
    verify: async (secret, text, headers) => isHexHmac(secret, text, header(headers, 'Signature')),
    order,
  };
}

function order(event: string, payload: unknown): Order {
  if (event === 'push') return pushOrder(pushOf(payload, 'webhook'));
  if (event === 'delete') return deleted(payload);
  const [first, ...more] = REVIEWS.has(event)
    ? githubEvents(
        'pull_request_review',
        withAction(payload, () => 'submitted'),
      )
    : githubEvents(
        event,
        event === 'pull_request' ? withAction(payload, (said) => ACTIONS.get(said) ?? said) : payload,
      );
  if (first !== undefined) return { kind: 'events', events: [first, ...more] };
  return { kind: 'ignored', why: `the event ${event} starts nothing` };
}

/** GitHub pushes a ref to nowhere; they only say that it is gone. */
function deleted(payload: unknown): Order {
  const { ref_type, ref: told, repository } = readPayload(deletion, 'the event delete', payload);
  const short = told.replace(/^refs\/(?:heads|tags)\//, '');
  const ref = `refs/${ref_type === 'tag' ? 'tags' : 'heads'}/${short}`;
  return pushOrder({ repository: repository.full_name, ref, before: NO_COMMIT, after: NO_COMMIT, trigger: 'webhook' });
}

function withAction(payload: unknown, translate: (said: string) => string): unknown {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return payload;
  const { action } = payload as { readonly action?: Json };
  return { ...payload, action: translate(typeof action === 'string' ? action : '') };
}
