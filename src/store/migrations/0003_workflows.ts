import { type Kysely, sql } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Migration } from '../migrate.ts';

/** Runs of workflow files: graphs of jobs, attempts, concurrency groups. */
export const workflows: Migration = {
  name: '0003_workflows',
  async up(db, types) {
    await documents(db, types);
    await runs(db, types);
    await jobs(db, types);
    await results(db, types);
    await turns(db, types);
  },
};

async function documents(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('documents')
    .addColumn('id', types.id)
    .addColumn('hash', 'text', (column) => column.notNull().unique())
    .addColumn('body', types.json, (column) => column.notNull())
    .execute();
}

async function runs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  for (const name of ['path', 'actor', 'held', 'concurrency', 'turn', 'cancel_reason'])
    await db.schema.alterTable('runs').addColumn(name, 'text').execute();
  for (const name of ['definition', 'payload', 'inputs'])
    await db.schema.alterTable('runs').addColumn(name, types.reference).execute();
  await db.schema
    .alterTable('runs')
    .addColumn('cancels_in_progress', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await db.schema
    .createTable('attempts')
    .addColumn('run', types.reference, (column) => column.notNull())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('conclusion', 'text')
    .addColumn('reason', 'text')
    .addColumn('started_at', types.instant)
    .addColumn('completed_at', types.instant)
    .addPrimaryKeyConstraint('attempts_pk', ['run', 'attempt'])
    .execute();
}

/** Columns with defaults: a row of found tests says nothing in them and stays as small as it was. */
async function jobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const table = () => db.schema.alterTable('jobs');
  await table()
    .addColumn('kind', 'text', (column) => column.notNull().defaultTo('job'))
    .execute();
  await table().addColumn('definition', 'text').execute();
  await table()
    .addColumn('parent', types.reference, (column) => column.notNull().defaultTo(0))
    .execute();
  const flags = { position: 0, is_former: 0, is_expanded: 1, continue_on_error: 0, fail_fast: 0 };
  for (const [name, value] of Object.entries(flags))
    await table()
      .addColumn(name, 'integer', (column) => column.notNull().defaultTo(value))
      .execute();
  await table().addColumn('max_parallel', 'integer').execute();
  await table().addColumn('turn', 'text').execute();
  await db.schema
    .createIndex('jobs_open')
    .on('jobs')
    .columns(['run', 'parent', 'definition'])
    // found tests are not in it, and cost nothing
    .where(sql<boolean>`definition is not null and state != 'completed'`)
    .execute();
}

async function results(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('legs')
    .addColumn('job', types.reference, (column) => column.primaryKey())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('matrix', types.json, (column) => column.notNull())
    .addColumn('strategy', types.json, (column) => column.notNull())
    .addColumn('environment', 'text')
    .addColumn('concurrency', 'text')
    .addColumn('cancels_in_progress', 'integer', (column) => column.notNull())
    .addColumn('scope', types.reference)
    .execute();
  await db.schema
    .createTable('job_results')
    .addColumn('job', types.reference, (column) => column.primaryKey())
    .addColumn('outputs', types.json, (column) => column.notNull())
    .addColumn('annotations', types.json, (column) => column.notNull())
    .addColumn('summary', 'text')
    .execute();
}

async function turns(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  await db.schema
    .createTable('concurrency_turns')
    .addColumn('repository', types.reference, (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('turn', 'text', (column) => column.notNull())
    .addColumn('run', types.reference, (column) => column.notNull())
    .addColumn('job', types.reference, (column) => column.notNull())
    // one that has the group, one that is next
    .addPrimaryKeyConstraint('concurrency_turns_pk', ['repository', 'name', 'turn'])
    .execute();
  await db.schema.createIndex('concurrency_turns_run').on('concurrency_turns').columns(['run', 'job']).execute();
  await db.schema
    .createTable('known_labels')
    .addColumn('labels', types.json, (column) => column.primaryKey())
    .addColumn('at', types.instant, (column) => column.notNull())
    .execute();
}
