import type { Migration } from '../migrate.ts';

/** With what git is let in at the sources of repositories; and who let a run of a stranger begin. */
export const access: Migration = {
  name: '0014_access',
  async up(db, types) {
    await db.schema
      .createTable('credentials')
      .addColumn('repository', types.reference, (column) => column.primaryKey())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('value', types.bytes, (column) => column.notNull())
      .addColumn('updated_at', types.instant, (column) => column.notNull())
      .execute();
    await db.schema.alterTable('runs').addColumn('approved_at', types.instant).execute();
    await db.schema.alterTable('runs').addColumn('approved_by', 'text').execute();
  },
};
