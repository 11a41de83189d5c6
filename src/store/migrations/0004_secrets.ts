import type { Migration } from '../migrate.ts';

/** Secrets and variables: of the server (repository 0), of repositories, and of their environments. */
export const secrets: Migration = {
  name: '0004_secrets',
  async up(db, types) {
    for (const table of ['secrets', 'variables']) {
      await db.schema
        .createTable(table)
        .addColumn('repository', types.reference, (column) => column.notNull())
        .addColumn('environment', 'text', (column) => column.notNull())
        .addColumn('name', 'text', (column) => column.notNull())
        .addColumn('value', table === 'secrets' ? types.bytes : 'text', (column) => column.notNull())
        .addColumn('created_at', types.instant, (column) => column.notNull())
        .addColumn('updated_at', types.instant, (column) => column.notNull())
        .addPrimaryKeyConstraint(`${table}_pk`, ['repository', 'environment', 'name'])
        .execute();
    }
  },
};
