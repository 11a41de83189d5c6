import type { Migration } from '../migrate.ts';

/** The commit that a pull request is at, where a run tests another one: what the forge merged of it, or its base. */
export const heads: Migration = {
  name: '0026_heads',
  async up(db) {
    await db.schema.alterTable('runs').addColumn('head', 'text').execute();
    await db.schema
      .createIndex('runs_head')
      .on('runs')
      .column('head')
      .where('head' as never, 'is not', null)
      .execute();
  },
};
