import type { Migration } from '../migrate.ts';

/** Green verdicts by what they depend on, and what taking them over saves. */
export const reuse: Migration = {
  name: '0009_reuse',
  async up(db, types) {
    await db.schema.alterTable('runs').addColumn('fingerprint', 'text').execute();
    await db.schema.alterTable('runs').addColumn('reused_from', types.json).execute();
    await db.schema
      .createTable('green_trees')
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('fingerprint', 'text', (column) => column.notNull())
      .addColumn('run', types.reference)
      .addColumn('number', types.reference)
      .addColumn('duration_ms', types.reference, (column) => column.notNull())
      .addColumn('at', types.instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('green_trees_pk', ['repository', 'fingerprint'])
      .execute();
    await db.schema.createIndex('green_trees_at').on('green_trees').column('at').execute();
    await db.schema
      .createTable('reuse_savings')
      .addColumn('repository', types.reference, (column) => column.primaryKey())
      .addColumn('runs', types.reference, (column) => column.notNull())
      .addColumn('saved_ms', types.reference, (column) => column.notNull())
      .addColumn('would_save_runs', types.reference, (column) => column.notNull())
      .addColumn('would_save_ms', types.reference, (column) => column.notNull())
      .execute();
  },
};
