import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import { isNoCommit, NO_COMMIT, SHA_PATTERN } from '../model/push.ts';
import { unreadable } from './delivery-error.ts';
import type { Envelope, Forge, Order } from './forge.ts';
import { pushOrder } from './github.ts';
import { pullOrder } from './pull-request.ts';
import { readPayload } from './read-payload.ts';
import { isRefName } from './ref-name.ts';
import { idOfBody, isSameText } from './signature.ts';

/** GitLab's webhooks: of a project, a group or the whole server. */
export const gitlab: Forge = {
  name: 'gitlab',
  speaksGitHub: false,
  recognizes: (headers) => headers['x-gitlab-event'] !== undefined,
  envelope,
  namesOf,
  verify: async (secret, text, headers) => isToken(secret, headers) || isSigned(secret, text, headers),
  order,
};

const sha = z.string().regex(SHA_PATTERN);
const ref = z.string().min(1).max(4096).refine(isRefName, 'is no name of a ref');
const text = z.string().nullish();
const project = z.object({
  path_with_namespace: z.string().min(1).max(1000),
  web_url: text,
  git_http_url: text,
  default_branch: text,
});
const pushPayload = z.object({ ref, before: sha.default(NO_COMMIT), after: sha, checkout_sha: sha.nullish(), project });
const label = z.object({ title: z.string() });
const mergePayload = z.object({
  user: z.object({ username: z.string() }).nullish(),
  project,
  labels: z.array(label).nullish(),
  changes: z
    .object({
      draft: z.object({ current: z.boolean().nullish() }).nullish(),
      labels: z.object({ previous: z.array(label), current: z.array(label) }).nullish(),
    })
    .nullish(),
  object_attributes: z.object({
    ...{ iid: z.int().positive(), title: text, description: text, url: text, action: text, oldrev: text },
    // `work_in_progress`: its name before GitLab 14
    ...{
      draft: z.boolean().nullish(),
      work_in_progress: z.boolean().nullish(),
      source_branch: ref,
      target_branch: ref,
    },
    last_commit: z.object({ id: sha }),
    merge_commit_sha: sha.nullish(),
    source: project.nullish(),
    target: project.nullish(),
  }),
});
type MergePayload = z.infer<typeof mergePayload>;

/** GitHub's words for what happens to a merge request; an update is several things. */
const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['open', 'opened'],
  ['reopen', 'reopened'],
  ['close', 'closed'],
  ['merge', 'closed'],
]);

/** `Merge Request Hook` is `merge_request`. An id that several webhooks, or hooks of hooks, share is made one's own. */
function envelope(headers: IncomingHttpHeaders, body: string): Envelope {
  const said = headers['x-gitlab-event'];
  const event =
    typeof said === 'string'
      ? said
          .replace(/ Hook$/, '')
          .replaceAll(' ', '_')
          .toLowerCase()
      : '';
  if (!/^\w{1,100}$/.test(event)) throw unreadable('X-Gitlab-Event is no name');
  const own = headers['idempotency-key'] ?? headers['webhook-id'];
  const shared = headers['x-gitlab-event-uuid'];
  const delivery = own ?? (shared === undefined ? idOfBody(body) : `${shared}-${idOfBody(body)}`);
  if (typeof delivery !== 'string' || !/^[\w.:-]{1,200}$/.test(delivery)) {
    throw unreadable('Idempotency-Key or X-Gitlab-Event-UUID, by which it is told from others, is no id');
  }
  return { delivery, event };
}

function namesOf(payload: unknown): readonly string[] {
  const said = (payload as { project?: { readonly [key: string]: unknown } | null } | null)?.project;
  const names = [said?.path_with_namespace, said?.git_http_url, said?.git_ssh_url];
  return names.filter((name) => typeof name === 'string');
}

/** The secret itself, in the clear: it is only as secret as the connection. */
function isToken(secret: string, headers: IncomingHttpHeaders): boolean {
  const token = headers['x-gitlab-token'];
  return isSameText(typeof token === 'string' ? token : '', secret);
}

/** https://github.com/standard-webhooks/standard-webhooks: `v1,<base64>` of id, time and body; several, with spaces between. */
function isSigned(secret: string, body: string, headers: IncomingHttpHeaders): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': said } = headers;
  const right = createHmac('sha256', keyOf(secret)).update(`${id}.${time}.${body}`).digest('base64');
  const signatures = typeof said === 'string' ? said.split(' ').slice(0, 10) : [''];
  return signatures.some((one) => isSameText(one, `v1,${right}`));
}

/** GitLab takes `whsec_` and 32 bytes in base64; a secret made here is the same bytes in hex. */
function keyOf(secret: string): Buffer {
  if (secret.startsWith('whsec_')) return Buffer.from(secret.slice('whsec_'.length), 'base64');
  return /^[0-9a-f]{64}$/.test(secret) ? Buffer.from(secret, 'hex') : Buffer.from(secret);
}

function order(event: string, payload: unknown): Order {
  const { object_kind, event_name } = (payload ?? {}) as { readonly [key: string]: unknown };
  const kind = event === 'system' ? (object_kind ?? event_name) : event;
  if (kind === 'push' || kind === 'tag_push') return pushed(payload);
  if (kind === 'merge_request') return merging(payload);
  return { kind: 'ignored', why: `the event ${String(kind).slice(0, 100)} starts nothing` };
}

/** Of an annotated tag `after` is the tag and `checkout_sha` its commit. */
function pushed(payload: unknown): Order {
  const { ref, before, after, checkout_sha, project } = readPayload(pushPayload, 'the push', payload);
  const commit = isNoCommit(after) ? after : (checkout_sha ?? after);
  return pushOrder({ repository: project.path_with_namespace, ref, before, after: commit, trigger: 'webhook' });
}

function merging(payload: unknown): Order {
  const said = readPayload(mergePayload, 'the merge_request', payload);
  const { object_attributes: pull, project, labels } = said;
  const action = actionOf(said);
  if (action === undefined) return { kind: 'ignored', why: `merge requests that are ${pull.action} start nothing` };
  const { iid, target, source } = pull;
  return pullOrder({
    ...{ action, number: iid, title: pull.title ?? '', body: pull.description ?? '', url: pull.url ?? '' },
    ...{
      isDraft: (pull.draft ?? pull.work_in_progress) === true,
      isMerged: pull.action === 'merge',
      merge: pull.merge_commit_sha ?? undefined,
    },
    labels: (labels ?? []).map(({ title }) => title),
    head: { ref: pull.source_branch, sha: pull.last_commit.id, repository: source?.path_with_namespace },
    base: { ref: pull.target_branch, repository: (target ?? project).path_with_namespace },
    actor: said.user?.username ?? '',
    repository: {
      full_name: project.path_with_namespace,
      html_url: project.web_url ?? '',
      clone_url: project.git_http_url ?? '',
      default_branch: project.default_branch ?? '',
    },
    fetch: [`refs/merge-requests/${iid}/head`],
  });
}

function actionOf({ object_attributes: pull, changes }: MergePayload): string | undefined {
  if (pull.action !== 'update') return ACTIONS.get(pull.action ?? '');
  if (pull.oldrev) return 'synchronize';
  if (changes?.draft) return changes.draft.current === true ? 'converted_to_draft' : 'ready_for_review';
  if (changes?.labels) return changes.labels.current.length < changes.labels.previous.length ? 'unlabeled' : 'labeled';
  return 'edited';
}
