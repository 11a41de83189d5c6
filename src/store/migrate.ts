import type { Kysely } from 'kysely';
import type { ColumnTypes, OpenDatabase } from './dialect.ts';
import { StoreNewerError } from './errors.ts';
import type { KnownSchema } from './known-schema.ts';
import type { Writer } from './writer.ts';

/** One step of the schema. Once released it is never changed. */
export interface Migration {
  /** `0001_runs`; they are applied in this order. In an empty database they make tables and indexes, and no rows. */
  readonly name: string;
  up(db: Kysely<unknown>, types: ColumnTypes): Promise<void>;
}

/**
 * Applies the migrations that are missing, all of them in one transaction: a program that dies in between leaves the schema it found.
 * An empty database gets what they come to, where that is known.
 * @throws {StoreNewerError} when there is one that this version does not know.
 */
export async function migrate<DB>(
  open: OpenDatabase<DB>,
  writer: Writer<DB>,
  migrations: readonly Migration[],
  known: KnownSchema,
): Promise<void> {
  const isEmpty = open.schema.read() === '';
  await writer.write(async (session) => {
    const db = session.db as unknown as Kysely<{ migrations: { name: string; at: number } }>;
    const script = isEmpty ? known.script : undefined;
    if (script !== undefined) {
      open.schema.apply(script);
      const at = Date.now();
      await db
        .insertInto('migrations')
        .values(migrations.map(({ name }) => ({ name, at })))
        .execute();
      return;
    }
    await db.schema
      .createTable('migrations')
      .ifNotExists()
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('at', open.types.instant, (column) => column.notNull())
      .execute();
    const rows = await db.selectFrom('migrations').select('name').orderBy('name').execute();
    const applied = new Set(rows.map((row) => row.name));
    const unknown = rows.find((row) => !migrations.some((migration) => migration.name === row.name));
    if (unknown !== undefined) throw new StoreNewerError(open.path, unknown.name);
    for (const migration of migrations) {
      if (applied.has(migration.name)) continue;
      await migration.up(db as unknown as Kysely<unknown>, open.types);
      await db.insertInto('migrations').values({ name: migration.name, at: Date.now() }).execute();
    }
  });
  if (isEmpty) known.keep(open.schema.read());
}
