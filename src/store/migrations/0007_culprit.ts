import type { Migration } from '../migrate.ts';

/** Runs that are executed for a purpose of this program's own, when there is nothing else to do. */
export const culprit: Migration = {
  name: '0007_culprit',
  async up(db) {
    await db.schema
      .alterTable('runs')
      .addColumn('priority', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
    await db.schema.alterTable('runs').addColumn('purpose', 'text').execute();
  },
};
