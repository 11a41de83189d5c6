import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/**
 * What is needed to find runs by text. Filled by `search-index.ts`, step by step, what was there before as well: a
 * migration would hold up the start for a minute with a million runs.
 */
export const search: Migration = {
  name: '0013_search',
  async up(db, types) {
    // trigrams find text anywhere in a word; without positions the index is a quarter as large, and what it names is looked at
    const options = sql.raw("content='', contentless_delete=1, detail=none, tokenize='trigram'");
    await sql`create virtual table search_runs using fts5(text, ${options})`.execute(db);
    await sql`create virtual table search_tests using fts5(text, ${options})`.execute(db);
    await db.schema
      .createTable('search_state')
      .addColumn('id', types.id)
      .addColumn('low', types.reference, (column) => column.notNull())
      .addColumn('high', types.reference, (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('search_reports')
      .addColumn('job', types.reference, (column) => column.notNull())
      .addColumn('execution', 'integer', (column) => column.notNull())
      .addColumn('done', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('search_reports_pk', ['job', 'execution'])
      .execute();
    await db.schema
      .createTable('tests')
      .addColumn('id', types.id)
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('workflow', 'text', (column) => column.notNull())
      .addColumn('job_key', 'text', (column) => column.notNull())
      .addColumn('suite', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('run', types.reference, (column) => column.notNull())
      .addUniqueConstraint('tests_identity', ['repository', 'suite', 'name'])
      .execute();
    await db.schema
      .createTable('test_failures')
      .addColumn('test', types.reference, (column) => column.notNull())
      .addColumn('run', types.reference, (column) => column.notNull())
      .addPrimaryKeyConstraint('test_failures_pk', ['test', 'run'])
      .execute();
    // else each spec that is removed would be looked for in all jobs
    await db.schema.createIndex('jobs_spec').on('jobs').column('spec').execute();
    await db.schema.createIndex('test_failures_run').on('test_failures').column('run').execute();
  },
};
