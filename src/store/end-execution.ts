import type { Kysely } from 'kysely';
import { insertRow } from './insert-row.ts';
import type { JobRow } from './job-rows.ts';
import { countRunning } from './lanes.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const deleteLease = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.deleteFrom('leases').where('job', '=', p.job),
);
const insertExecution = insertRow(
  'executions',
  ...(['job', 'number', 'runner', 'leased_at', 'started_at', 'completed_at', 'outcome', 'conclusion'] as const),
  ...(['reason', 'exit', 'log_bytes', 'log_bytes_dropped', 'leftovers', 'steps'] as const),
);

/** How an execution ended. */
export type Ending = Omit<Tables['executions'], 'job' | 'number' | 'runner' | 'leased_at' | 'log_removed_at'>;

/** The lease of a job becomes a row of history: the one result of that execution, by the table's primary key. */
export async function endExecution(session: Session<Tables>, row: JobRow, ending: Ending): Promise<void> {
  const { id: job, lease_execution: number, lease_runner: runner, leased_at } = row;
  if (number === null || runner === null || leased_at === null) throw new Error(`job ${job} has no lease`);
  await session.run(insertExecution, { job, number, runner, leased_at, ...ending });
  await session.run(deleteLease, { job });
  await countRunning(session, row.repository, -1);
}
