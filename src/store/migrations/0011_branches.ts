import { sql } from 'kysely';
import type { Migration } from '../migrate.ts';

/** Where branches are: a fast-forward to a commit that was tested makes no run, and moves one all the same. */
export const branches: Migration = {
  name: '0011_branches',
  async up(db, types) {
    await db.schema
      .createTable('branches')
      .addColumn('repository', types.reference, (column) => column.notNull())
      .addColumn('ref', 'text', (column) => column.notNull())
      .addColumn('sha', 'text', (column) => column.notNull())
      .addColumn('at', types.instant, (column) => column.notNull())
      .addPrimaryKeyConstraint('branches_pk', ['repository', 'ref'])
      .execute();
    await sql`insert into branches (repository, ref, sha, at)
      select repository, ref, sha, created_at from runs where id in
        (select max(id) from runs where event = 'push' and ref like 'refs/heads/%' group by repository, ref)`.execute(
      db,
    );
  },
};
