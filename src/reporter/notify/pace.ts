import * as z from 'zod';
import type { Memory, Message } from '../message.ts';
import { count } from './words.ts';

/** Messages that one recipient gets within this, in milliseconds, are counted. */
const WINDOW_MS = 3_600_000;

const paceSchema = z.object({ since: z.number(), sent: z.number() });

/** A message, and how many its rule lets its recipient get in an hour. */
export interface Paced {
  readonly message: Message;
  readonly to: string | null;
  /** Null: all. */
  readonly perHour: number | null;
}

/**
 * Holds back what is too much for its recipient: it waits until the hour is over, and comes with all that waited as one
 * message, which says so. What waits already, for a digest or the end of quiet hours, counts as nothing.
 */
export async function pace(all: readonly Paced[], memory: Memory, now: Date): Promise<readonly Message[]> {
  const paces = new Map<string, z.output<typeof paceSchema>>();
  const told: Message[] = [];
  for (const { message, to, perHour } of all) {
    if (message.notBefore !== undefined || perHour === null) {
      told.push(message);
      continue;
    }
    const name = `pace ${JSON.stringify([message.sink, to])}`;
    const known = paces.get(name) ?? paceSchema.safeParse(await memory.recall(name)).data;
    const isOver = known === undefined || +now - known.since >= WINDOW_MS || known.since > +now;
    const { since, sent } = isOver ? { since: +now, sent: 0 } : known;
    paces.set(name, { since, sent: sent + 1 });
    told.push(sent < perHour ? message : held(message, to, perHour, new Date(since + WINDOW_MS)));
  }
  for (const [name, value] of paces) memory.remember(name, value);
  return told;
}

function held(message: Message, to: string | null, perHour: number, notBefore: Date): Message {
  const note = `There had been ${count(perHour, 'message')} within the hour; what came after them is in this one.`;
  return { ...message, body: { ...message.body, note }, notBefore, bundle: `held:${to ?? ''}` };
}
