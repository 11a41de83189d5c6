import { SHA_PATTERN } from '../model/push.ts';
import type { Json } from '../model/workflow.ts';
import type { QueuedPush } from './delivery.ts';
import { forgeNamed } from './forges.ts';
import type { Inbox } from './inbox.ts';
import { type Pushes, runsInWords } from './lane-rules.ts';
import type { Answer, Dispatch, Occasion } from './outlet.ts';
import { shortened } from './payload.ts';

/** What the dispatcher is told of a delivery that is no push; none if it is forgotten. */
export async function occasionsOf(inbox: Pick<Inbox, 'delivered'>, queued: QueuedPush): Promise<readonly Occasion[]> {
  const delivered = await inbox.delivered(queued.seq);
  const order = delivered && forgeNamed(delivered.forge)?.order(queued.event, delivered.payload, delivered.headers);
  if (order?.kind !== 'events') return [];
  const { id: occurrence, repository, trigger } = queued;
  const common = { repository, trigger, occurrence, receivedAt: queued.receivedAt.getTime() };
  return order.events.map(({ fetch, title, ...event }) => ({
    ...common,
    ...event,
    ...(fetch === undefined ? {} : { fetch: [...fetch] }),
    ...(title === undefined ? {} : { title: title.slice(0, 500) }),
    payload: shortened(event.payload),
  }));
}

/** What the forge said of the last commit of a dispatch, where it was a forge that told of it, in words that workflows know. */
export async function pushPayload(
  inbox: Pick<Inbox, 'delivered'>,
  pushes: Pushes,
  { trigger, after }: Dispatch,
): Promise<{ readonly payload?: { readonly [key: string]: Json } }> {
  const push = pushes.find((one) => one.trigger === 'webhook' && one.after === after);
  if (trigger !== 'webhook' || push === undefined || !SHA_PATTERN.test(after)) return {};
  const delivered = await inbox.delivered(push.seq);
  if (delivered === undefined || forgeNamed(delivered.forge)?.speaksGitHub !== true) return {};
  const payload = delivered.payload as { readonly [key: string]: Json } | undefined;
  return payload === undefined ? {} : { payload: shortened(payload) };
}

/** In words, for the list of deliveries. */
export function outcomeOfEvents(answers: readonly Answer[]): string {
  const runs = answers.flatMap((answer) => answer.runs);
  if (runs.length > 0) return runsInWords(runs);
  const notes = new Set(answers.flatMap(({ note }) => note ?? []));
  return notes.size === 0 ? 'it started nothing' : `it started nothing: ${[...notes].join('; ')}`;
}
