import type { Migration } from '../migrate.ts';

/** Runners that are given nothing, by their names, until somebody resumes them. */
export const drained: Migration = {
  name: '0025_drained',
  async up(db, types) {
    await db.schema
      .createTable('drained_runners')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('at', types.instant, (column) => column.notNull())
      .execute();
  },
};
