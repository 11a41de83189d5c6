import type { Migration } from '../migrate.ts';

/** What jobs keep for later jobs and for people; the files are in `<home>/artifacts`. */
export const artifacts: Migration = {
  name: '0006_artifacts',
  async up(db, types) {
    await db.schema
      .createTable('artifacts')
      .addColumn('id', types.id)
      .addColumn('run', types.reference, (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('attempt', 'integer', (column) => column.notNull())
      .addColumn('job', types.reference, (column) => column.notNull())
      .addColumn('execution', 'integer', (column) => column.notNull())
      .addColumn('file', 'text', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('created_at', types.instant, (column) => column.notNull())
      .addColumn('expires_at', types.instant, (column) => column.notNull())
      .addUniqueConstraint('artifacts_name', ['run', 'name'])
      .execute();
    await db.schema.createIndex('artifacts_expiry').on('artifacts').column('expires_at').execute();
  },
};
