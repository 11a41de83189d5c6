import type { Kysely } from 'kysely';
import type { Migration } from '../migrate.ts';

interface Before {
  repository: number;
  name: string;
  turn: string;
  run: number;
  job: number;
}

type After = Before & { place: number };

/** Several may wait for one concurrency group, in the order in which they asked. */
export const lines: Migration = {
  name: '0020_lines',
  async up(db, types) {
    await db.schema.alterTable('concurrency_turns').renameTo('concurrency_turns_before').execute();
    await db.schema.dropIndex('concurrency_turns_run').execute();
    await db.schema
      .createTable('concurrency_turns')
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('turn', 'text', (column) => column.notNull())
      .addColumn('place', 'integer', (column) => column.notNull())
      .addColumn('run', types.reference, (column) => column.notNull())
      .addColumn('job', types.reference, (column) => column.notNull())
      .addPrimaryKeyConstraint('concurrency_turns_place_pk', ['repository', 'name', 'place'])
      .execute();
    await db.schema.createIndex('concurrency_turns_run').on('concurrency_turns').columns(['run', 'job']).execute();
    const before = db as unknown as Kysely<{ concurrency_turns_before: Before; concurrency_turns: After }>;
    await before
      .insertInto('concurrency_turns')
      .columns(['repository', 'name', 'turn', 'place', 'run', 'job'])
      .expression((from) =>
        from
          .selectFrom('concurrency_turns_before')
          .select(['repository', 'name', 'turn'])
          .select((row) => row.case().when('turn', '=', 'held').then(1).else(2).end().as('place'))
          .select(['run', 'job']),
      )
      .execute();
    await db.schema.dropTable('concurrency_turns_before').execute();
  },
};
