import type { Migration } from '../migrate.ts';

/** Logs of a few lines. */
export const smallLogs: Migration = {
  name: '0002_small_logs',
  async up(db, types) {
    await db.schema
      .createTable('small_logs')
      .addColumn('job', types.reference, (column) => column.notNull())
      .addColumn('execution', 'integer', (column) => column.notNull())
      .addColumn('is_sealed', 'integer', (column) => column.notNull())
      .addColumn('bytes', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('small_logs_pk', ['job', 'execution'])
      .execute();
    await db.schema
      .createIndex('small_logs_growing')
      .on('small_logs')
      .column('job')
      .where('is_sealed' as never, '=', 0)
      .execute();
  },
};
