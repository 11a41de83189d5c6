import type { Migration } from '../migrate.ts';

/** How often a job was retried by itself in the present attempt, and whether that happened in a run. */
export const retries: Migration = {
  name: '0008_retries',
  async up(db) {
    for (const table of ['jobs', 'runs'])
      await db.schema
        .alterTable(table)
        .addColumn('retried', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
  },
};
