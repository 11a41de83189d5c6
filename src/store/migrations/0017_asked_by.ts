import type { Migration } from '../migrate.ts';

/** Who asked for an attempt of a run, as they called themselves. */
export const askedBy: Migration = {
  name: '0017_asked_by',
  async up(db) {
    await db.schema.alterTable('runs').addColumn('asked_by', 'text').execute();
    await db.schema.alterTable('attempts').addColumn('asked_by', 'text').execute();
  },
};
