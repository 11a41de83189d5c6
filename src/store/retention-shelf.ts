import type { Database } from './database.ts';
import type { Documents } from './documents.ts';
import type { RetentionShelf } from './retention.ts';
import type { Tables } from './tables.ts';

/** {@link RetentionShelf} of one kind of documents. */
export function shelfIn(
  database: Database<Tables>,
  table: 'documents' | 'specs',
  documents: Pick<Documents<object>, 'watch' | 'forgetUnused'>,
): RetentionShelf {
  return {
    watch: async () => {
      documents.watch();
      return database.readOne(async ({ db }) => {
        const newest = await db.selectFrom(table).select('id').orderBy('id', 'desc').limit(1).executeTakeFirst();
        return newest?.id ?? 0;
      });
    },
    ids: (after, limit) =>
      database.readOne(async ({ db }) => {
        const rows = await db
          .selectFrom(table)
          .select('id')
          .where('id', '>', after)
          .orderBy('id')
          .limit(limit)
          .execute();
        return rows.map(({ id }) => id);
      }),
    // those in memory are forgotten at once: the next operation may be of the same transaction
    remove: (ids) =>
      database.write(async ({ db }) => {
        const gone = documents.forgetUnused(ids);
        if (gone.length === 0) return 0;
        const { numDeletedRows } = await db.deleteFrom(table).where('id', 'in', gone).executeTakeFirstOrThrow();
        return Number(numDeletedRows);
      }),
  };
}
