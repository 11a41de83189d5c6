import type { CreateTableBuilder, Kysely } from 'kysely';
import type { ColumnTypes } from '../dialect.ts';
import type { Migration } from '../migrate.ts';

/** Repositories, runs, jobs, the queue, executions, events. */
export const runs: Migration = {
  name: '0001_runs',
  async up(db, types) {
    await repositories(db, types);
    await runsAndJobs(db, types);
    await queue(db, types);
    await history(db, types);
  },
};

/** Adds columns that must have a value. */
function required<T extends string>(
  table: CreateTableBuilder<T, string>,
  type: 'text' | 'integer' | ColumnTypes[keyof ColumnTypes],
  ...names: readonly string[]
): CreateTableBuilder<T, string> {
  return names.reduce((sum, name) => sum.addColumn(name, type, (column) => column.notNull()), table);
}

/** Adds columns that may be null. */
function optional<T extends string>(
  table: CreateTableBuilder<T, string>,
  type: 'text' | 'integer' | ColumnTypes[keyof ColumnTypes],
  ...names: readonly string[]
): CreateTableBuilder<T, string> {
  return names.reduce((sum, name) => sum.addColumn(name, type), table);
}

async function repositories(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  let table: CreateTableBuilder<'repositories', string> = db.schema
    .createTable('repositories')
    .addColumn('id', types.id);
  table = required(table, 'text', 'name', 'secret');
  table = required(table, types.json, 'sources', 'baseline');
  table = required(table, types.instant, 'created_at');
  table = required(table, 'integer', 'version');
  table = optional(table, 'text', 'git_dir');
  table = optional(table, types.instant, 'removed_at');
  await table.addUniqueConstraint('repositories_name', ['name']).execute();
  await db.schema
    .createTable('repository_counters')
    .addColumn('repository', types.reference, (column) => column.primaryKey().references('repositories.id'))
    .addColumn('last_number', types.reference, (column) => column.notNull())
    .execute();
}

async function runsAndJobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  let table: CreateTableBuilder<'runs', string> = db.schema
    .createTable('runs')
    .addColumn('id', types.id)
    .addColumn('repository', types.reference, (column) => column.notNull().references('repositories.id'));
  table = required(table, types.reference, 'number');
  table = required(table, 'text', 'workflow', 'event', 'key_ref', 'occurrence', 'ref', 'sha');
  table = required(table, 'text', 'trigger', 'title', 'author', 'status');
  table = required(table, types.json, 'sources');
  table = required(table, 'integer', 'attempt');
  table = required(table, types.instant, 'created_at', 'committed_at', 'received_at', 'dispatched_at');
  table = optional(table, 'text', 'tree', 'conclusion', 'reason');
  table = optional(table, types.instant, 'started_at', 'completed_at');
  // the commit comes first, so that it also answers "what is known of this commit"
  const identity = ['sha', 'repository', 'workflow', 'event', 'key_ref', 'occurrence'] as const;
  await table.addUniqueConstraint('runs_identity', [...identity]).execute();
  await db.schema.createIndex('runs_number').unique().on('runs').columns(['repository', 'number']).execute();
  await db.schema
    .createIndex('runs_open')
    .on('runs')
    .column('id')
    .where('completed_at' as never, 'is', null)
    .execute();
  let specs: CreateTableBuilder<'specs', string> = db.schema.createTable('specs').addColumn('id', types.id);
  specs = required(required(specs, 'text', 'hash'), types.json, 'spec');
  await specs.addUniqueConstraint('specs_hash', ['hash']).execute();
  await jobs(db, types);
}

async function jobs(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  let table: CreateTableBuilder<'jobs', string> = db.schema
    .createTable('jobs')
    .addColumn('id', types.id)
    .addColumn('run', types.reference, (column) => column.notNull().references('runs.id'))
    .addColumn('spec', types.reference, (column) => column.notNull().references('specs.id'));
  table = required(table, types.reference, 'lane');
  table = required(table, 'text', 'key', 'name', 'state');
  table = required(table, types.json, 'needs');
  table = required(table, 'integer', 'rank', 'execution', 'lost');
  table = optional(table, 'text', 'conclusion', 'reason', 'runner');
  table = optional(table, types.instant, 'queued_at', 'started_at', 'completed_at');
  await table.addUniqueConstraint('jobs_key', ['run', 'key']).execute();
}

async function queue(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  const sets = required(db.schema.createTable('label_sets').addColumn('id', types.id), types.json, 'labels');
  await sets.addUniqueConstraint('label_sets_labels', ['labels']).execute();
  let lanes: CreateTableBuilder<'lanes', string> = db.schema.createTable('lanes').addColumn('id', types.id);
  lanes = required(lanes, types.reference, 'repository', 'label_set');
  lanes = required(lanes, 'integer', 'priority', 'running');
  lanes = optional(optional(lanes, 'integer', 'head_rank'), types.reference, 'head_job');
  await lanes.addUniqueConstraint('lanes_identity', ['repository', 'label_set', 'priority']).execute();
  await db.schema
    .createIndex('lanes_next')
    .on('lanes')
    .columns(['label_set', 'priority desc', 'running', 'head_rank', 'head_job'])
    .where('head_job' as never, 'is not', null)
    .execute();
  let waiting: CreateTableBuilder<'queue', string> = db.schema
    .createTable('queue')
    .addColumn('job', types.reference, (column) => column.primaryKey());
  waiting = required(required(waiting, types.reference, 'lane'), 'integer', 'rank');
  await waiting.execute();
  await db.schema.createIndex('queue_order').on('queue').columns(['lane', 'rank', 'job']).execute();
  await leases(db, types);
}

async function leases(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  let table: CreateTableBuilder<'leases', string> = db.schema
    .createTable('leases')
    .addColumn('job', types.reference, (column) => column.primaryKey());
  table = required(table, types.reference, 'run', 'repository', 'timeout_ms');
  table = required(table, 'integer', 'execution', 'is_exclusive');
  table = required(table, 'text', 'runner');
  table = required(table, types.json, 'steps');
  table = required(table, types.instant, 'expires_at', 'leased_at');
  table = optional(optional(table, types.instant, 'started_at'), 'text', 'cancel_reason');
  await table.execute();
}

async function history(db: Kysely<unknown>, types: ColumnTypes): Promise<void> {
  let executions: CreateTableBuilder<'executions', string> = db.schema
    .createTable('executions')
    .addColumn('job', types.reference, (column) => column.notNull().references('jobs.id'));
  executions = required(executions, 'integer', 'number');
  executions = required(executions, 'text', 'runner', 'outcome');
  executions = required(executions, types.instant, 'leased_at');
  executions = required(executions, types.reference, 'log_bytes', 'log_bytes_dropped');
  executions = required(executions, types.json, 'leftovers', 'steps');
  executions = optional(executions, 'text', 'conclusion', 'reason', 'exit');
  executions = optional(executions, types.instant, 'started_at', 'completed_at');
  await executions.addPrimaryKeyConstraint('executions_pk', ['job', 'number']).execute();
  let events: CreateTableBuilder<'events', string> = db.schema.createTable('events').addColumn('id', types.id);
  events = required(required(events, types.instant, 'at'), 'text', 'type');
  events = required(optional(events, 'text', 'repository'), types.json, 'data');
  await optional(events, types.reference, 'run', 'job').execute();
}
