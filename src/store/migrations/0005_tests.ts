import type { Migration } from '../migrate.ts';

/** What test reports say: one row for each execution that wrote some, and one for each test that was seen to be flaky. */
export const tests: Migration = {
  name: '0005_tests',
  async up(db, types) {
    await db.schema
      .createTable('test_reports')
      .addColumn('job', types.reference, (column) => column.notNull())
      .addColumn('execution', 'integer', (column) => column.notNull())
      .addColumn('run', types.reference, (column) => column.notNull())
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('workflow', 'text', (column) => column.notNull())
      .addColumn('job_key', 'text', (column) => column.notNull())
      .addColumn('tree', 'text', (column) => column.notNull())
      .addColumn('passed', 'integer', (column) => column.notNull())
      .addColumn('failed', 'integer', (column) => column.notNull())
      .addColumn('skipped', 'integer', (column) => column.notNull())
      .addColumn('cases', types.bytes, (column) => column.notNull())
      .addPrimaryKeyConstraint('test_reports_pk', ['job', 'execution'])
      .execute();
    const index = (name: string) => db.schema.createIndex(name).on('test_reports');
    await index('test_reports_run').column('run').execute();
    await index('test_reports_history').columns(['repository', 'workflow', 'job_key', 'run']).execute();
    await index('test_reports_tree').columns(['tree', 'repository']).execute();
    await db.schema
      .createTable('flaky_tests')
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('workflow', 'text', (column) => column.notNull())
      .addColumn('job_key', 'text', (column) => column.notNull())
      .addColumn('suite', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('run', types.reference, (column) => column.notNull())
      .addColumn('times', 'integer', (column) => column.notNull())
      .addColumn('first_at', types.instant, (column) => column.notNull())
      .addColumn('last_at', types.instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('flaky_tests_pk', ['repository', 'workflow', 'job_key', 'suite', 'name'])
      .execute();
  },
};
