import { type Kysely, type Selectable, sql } from 'kysely';
import type { Body, Message } from './message.ts';
import type { OutboxTables } from './outbox-tables.ts';

type Db = Kysely<OutboxTables>;

/** A value that is bound would not find the index. */
export const WAITING = sql<boolean>`state = 'waiting'`;
const HELD = sql<boolean>`state in ('waiting', 'sent')`;
/** Most messages of a bundle that go together. */
const BUNDLED = 100;

/** How a sink is. */
export type SinkHealth = Selectable<OutboxTables['sinks']>;

/** What is to be sent next. */
export interface Due {
  readonly seqs: readonly number[];
  readonly key: string;
  readonly attempts: number;
  readonly createdAt: Date;
  /** When what is sent was put together; see `Sending` of the sinks. */
  readonly composedAt: Date;
  readonly repository: string | null;
  readonly body: Body;
  readonly more: readonly Body[];
  /** Do many more wait? Then there is no hurry. */
  readonly isCrowded: boolean;
}

/** Writes a message; false: nothing is to be sent that was not before. */
export async function enqueue(db: Db, message: Message, at: Date): Promise<boolean> {
  const { sink, key, subject = null, bundle = null, repository = null } = message;
  const body = JSON.stringify(message.body);
  const held = await db
    .selectFrom('messages')
    .select('seq')
    .where('sink', '=', sink)
    .where('key', '=', key)
    .where(HELD)
    .executeTakeFirst();
  if (held !== undefined) return false;
  const place = subject === null ? 'new' : await takePlace(db, sink, subject, body, at);
  if (place !== 'new') return place === 'hastened';
  await db
    .insertInto('messages')
    .values({
      ...{ sink, key, subject, bundle, repository, body, state: 'waiting', attempts: 0, error: null },
      ...{ created_at: +at, due_at: +(message.notBefore ?? at), settled_at: null },
    })
    .execute();
  return true;
}

/** Those about the same that were not sent give way, unless the newest one says the same. */
async function takePlace(
  db: Db,
  sink: string,
  subject: string,
  body: string,
  at: Date,
): Promise<'new' | 'known' | 'hastened'> {
  const newest = await db
    .selectFrom('messages')
    .select(['seq', 'body', 'due_at', 'state', 'attempts'])
    .where('sink', '=', sink)
    .where('subject', '=', subject)
    .where(HELD)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (newest?.body === body) {
    if (newest.state === 'sent' || newest.attempts === 0 || newest.due_at <= +at) return 'known';
    // somebody has a reason to say it again: what it waited for may be there now
    await db.updateTable('messages').set({ due_at: +at }).where('seq', '=', newest.seq).execute();
    return 'hastened';
  }
  await db
    .updateTable('messages')
    .set({ state: 'superseded', settled_at: +at })
    .where('sink', '=', sink)
    .where('subject', '=', subject)
    .where(WAITING)
    .execute();
  return 'new';
}

/** The oldest message that is due, and what is due of the same bundle. */
export async function dueOf(db: Db, sink: string, at: Date, crowd: number): Promise<Due | undefined> {
  const due = db
    .selectFrom('messages')
    .selectAll()
    .where(WAITING)
    .where('sink', '=', sink)
    .where('due_at', '<=', +at)
    .orderBy('seq');
  const first = await due.limit(1).executeTakeFirst();
  if (first === undefined) return undefined;
  const { seq, key, attempts, repository, bundle } = first;
  const rest =
    bundle === null
      ? []
      : await due
          .where('bundle', '=', bundle)
          .where('seq', '>', seq)
          .limit(BUNDLED - 1)
          .execute();
  const isCrowded = (await due.clearSelect().select('seq').offset(crowd).limit(1).executeTakeFirst()) !== undefined;
  return {
    ...{ key, attempts, repository, isCrowded, createdAt: new Date(first.created_at) },
    composedAt: bundle === null ? new Date(first.created_at) : at,
    seqs: [seq, ...rest.map((row) => row.seq)],
    body: JSON.parse(first.body),
    more: rest.map((row) => JSON.parse(row.body)),
  };
}

/** How a sink is; of one that is new: well. */
export async function sinkHealth(db: Db, sink: string): Promise<SinkHealth> {
  const row = await db.selectFrom('sinks').selectAll().where('sink', '=', sink).executeTakeFirst();
  const well = { failures: 0, failing_since: null, retry_at: null, is_asked: 0, error: null };
  return row ?? { sink, ...well, sent_at: null, sent: 0, given_up: 0 };
}

/** These are never tried again; what was wrong at the last try is kept in the words. */
export async function giveUp(db: Db, sink: string, seqs: readonly number[], error: string, at: Date): Promise<void> {
  if (seqs.length === 0) return;
  const changed = await db
    .updateTable('messages')
    .set({ state: 'given_up', settled_at: +at })
    .set('error', sql<string>`case when error is null then ${error} else ${`${error}; the last time: `} || error end`)
    .where('seq', 'in', [...seqs])
    .where(WAITING)
    .executeTakeFirst();
  const { sink: _, ...health } = await sinkHealth(db, sink);
  const given_up = health.given_up + Number(changed.numUpdatedRows);
  await db
    .insertInto('sinks')
    .values({ sink, ...health, given_up })
    .onConflict((conflict) => conflict.column('sink').doUpdateSet({ given_up }))
    .execute();
}
