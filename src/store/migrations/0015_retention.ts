import type { Migration } from '../migrate.ts';

/** Since when the log of an execution is not kept any more. */
export const retention: Migration = {
  name: '0015_retention',
  async up(db, types) {
    await db.schema.alterTable('executions').addColumn('log_removed_at', types.instant).execute();
  },
};
