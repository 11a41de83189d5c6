import { type Kysely, sql } from 'kysely';
import type { Body } from './message.ts';
import type { OutboxTables } from './outbox-tables.ts';

type Db = Kysely<OutboxTables>;

/** What did not change for so long is forgotten, in milliseconds: 180 days. */
const KEEP_MS = 180 * 86_400_000;

/** Writes what tellers remember; null forgets. */
export async function takeNotes(db: Db, notes: ReadonlyMap<string, Body | null>, at: Date): Promise<void> {
  for (const [name, body] of notes) {
    if (body === null) {
      await db.deleteFrom('notes').where('name', '=', name).execute();
      continue;
    }
    const row = { value: JSON.stringify(body), changed_at: +at };
    await db
      .insertInto('notes')
      .values({ name, ...row })
      .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
      .execute();
  }
}

/** What was remembered under this name; undefined: nothing. */
export async function noteOf(db: Db, name: string): Promise<unknown> {
  const row = await db.selectFrom('notes').select('value').where('name', '=', name).executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(row.value);
}

/** Names that begin so. */
export async function noteNames(db: Db, beginning: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('notes')
    .select('name')
    .where(sql<boolean>`substr(name, 1, ${beginning.length}) = ${beginning}`)
    .execute();
  return rows.map(({ name }) => name);
}

/** Branches that nobody works on any more leave nothing behind. */
export async function forgetNotes(db: Db, at: Date): Promise<void> {
  await db
    .deleteFrom('notes')
    .where('changed_at', '<', +at - KEEP_MS)
    .execute();
}
