import type { Kysely } from 'kysely';
import { askExpander } from './expand-job.ts';
import { jobsOfRun, type RunJobRow } from './job-rows.ts';
import { cancelJob, type RunChange, tell } from './run-change.ts';
import { contextOf, type RunContext } from './run-context.ts';
import type { RunRow } from './run-rows.ts';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';

const setCancelled = statement((db: Kysely<Tables>, p: { id: number; why: string }) =>
  db.updateTable('runs').set({ cancel_reason: p.why }).where('id', '=', p.id).where('cancel_reason', 'is', null),
);

/** Names of the jobs of a run that is being cancelled. */
export interface CancelledJobs {
  /** Over with that. */
  readonly ended: readonly string[];
  /** Their runners are told. */
  readonly stopping: readonly string[];
  /** Not ended: their conditions hold for a cancelled run (`always()`), or are not decided yet. */
  readonly kept: readonly string[];
}

/**
 * Cancels the jobs of a run, but for those whose conditions hold for a cancelled run; such that are not decided yet
 * are decided when what they need is over. `isForced`: all of them, and at once. Its caller advances the run.
 */
export async function cancelJobs(
  change: RunChange,
  run: Pick<RunRow, 'id' | 'number' | 'turn' | 'held'>,
  why: string,
  isForced: boolean,
): Promise<CancelledJobs> {
  await change.session.run(setCancelled, { id: run.id, why });
  // of one that has not begun, since it waits for its turn or for a person, nothing has to be cleaned up
  const isAll = isForced || run.turn === 'pending' || run.held !== null;
  await tell(change, 'run.cancelling', { number: run.number, reason: why, forced: isAll });
  const rows = await jobsOfRun(change.session, run.id);
  const keeps = isAll ? async () => false : keeper(change, await contextOf(change.session, change.parts, run.id));
  const names = { ended: [] as string[], stopping: [] as string[], kept: [] as string[] };
  for (const row of rows) {
    if (row.state === 'completed' || (row.state === 'cancelling' && !isForced) || isOpenCall(row, rows)) continue;
    const isOpen = row.state === 'waiting' || row.state === 'queued';
    if (await keeps(row)) names.kept.push(row.name);
    else {
      await cancelJob(change, row, why, isForced);
      names[isOpen ? 'ended' : 'stopping'].push(row.name);
    }
  }
  return names;
}

/** Cancels one job, or all jobs of the workflow that it calls. */
export async function cancelWithChildren(change: RunChange, job: number, why: string): Promise<void> {
  const rows = await jobsOfRun(change.session, change.run);
  const row = rows.find(({ id }) => id === job);
  if (row === undefined || row.state === 'completed' || row.state === 'cancelling') return;
  if (!isOpenCall(row, rows)) return cancelJob(change, row, why);
  for (const child of rows.filter(({ parent }) => parent === job)) await cancelWithChildren(change, child.id, why);
}

/** A call that began ends with its jobs. */
export function isOpenCall(row: RunJobRow, rows: readonly RunJobRow[]): boolean {
  return row.kind === 'call' && rows.some(({ parent }) => parent === row.id);
}

/** Does a job go on though its run was cancelled? Its condition is asked again, once for all legs of a matrix. */
function keeper(change: RunChange, context: RunContext | undefined): (row: RunJobRow) => Promise<boolean> {
  const answers = new Map<string, boolean>();
  return async (row) => {
    if (context === undefined || row.definition === null) return false;
    if (row.is_expanded === 0) return true; // it is decided when what it needs is over
    const name = `${row.parent} ${row.definition}`;
    const known = answers.get(name);
    if (known !== undefined) return known;
    const { kind } = await askExpander(change.session, change.parts, context, row, true);
    answers.set(name, kind === 'jobs');
    return kind === 'jobs';
  };
}
