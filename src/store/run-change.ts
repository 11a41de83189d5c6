import type { Kysely } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { type JobEvent, transition } from '../model/job.ts';
import type { EventType } from './event-record.ts';
import { type RunJobRow, saveState, stateOf } from './job-rows.ts';
import { dequeue, enqueueWaiting, NO_LANE } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A run that is being changed, in a transaction. */
export interface RunChange {
  readonly session: Session<Tables>;
  readonly parts: StoreParts;
  readonly run: number;
  readonly repository: string;
  readonly at: Date;
  readonly shared: SharedChange;
}

/** What several runs that are changed together have in common. */
export interface SharedChange {
  /** Did jobs join the queue? */
  unblocked: boolean;
  /** Other runs of the repository that have to be advanced. */
  readonly more: Set<number>;
}

/** The beginning of a change. */
export function beginChange(begin: Omit<RunChange, 'shared'>): RunChange {
  return { ...begin, shared: { unblocked: false, more: new Set() } };
}

const setCancelReason = statement((db: Kysely<Tables>, p: { job: number; why: string }) =>
  db.updateTable('leases').set({ cancel_reason: p.why }).where('job', '=', p.job),
);

/** What is known of a job that is told of. */
type Told = Pick<RunJobRow, 'id' | 'key' | 'name'>;

/** Writes an event of the run, or of one of its jobs. */
export function tell(change: RunChange, type: EventType, data: object, job?: number): Promise<void> {
  const { session, parts, run, repository, at } = change;
  const event = { at, type, repository, run, data: { ...data } };
  return parts.events.write(session, job === undefined ? event : { ...event, job });
}

/** A job can be given to a runner. */
export async function tellQueued(change: RunChange, { id, key, name }: Told): Promise<void> {
  if (!change.shared.unblocked) change.session.afterCommit(() => change.parts.queued.tell());
  change.shared.unblocked = true;
  await tell(change, 'job.queued', { key, name }, id);
}

/** A waiting job joins the queue. */
export async function queueJob(change: RunChange, row: RunJobRow): Promise<void> {
  const next = transition(stateOf(row), { type: 'unblocked', at: change.at });
  if (!(await saveState(change.session, row, next))) return;
  await enqueueWaiting(change.session, { job: row.id, lane: row.lane, rank: row.rank });
  await tellQueued(change, row);
}

/** A job that no runner has gets its verdict; nothing happens if it changed meanwhile. */
export async function endJob(
  change: RunChange,
  row: RunJobRow,
  event: Extract<JobEvent, { type: 'skipped' | 'cancelled' | 'concluded' }>,
  reason: string | null,
): Promise<void> {
  const next = transition(stateOf(row), event);
  if (!(await saveState(change.session, row, next, { reason }))) return;
  await dequeue(change.session, row.id, row.state === 'queued' ? row.lane : NO_LANE);
  const conclusion: Conclusion | null = next.status === 'completed' ? next.conclusion : null;
  await tell(change, 'job.finished', { key: row.key, name: row.name, conclusion, reason }, row.id);
}

/**
 * A job is to end: one that waits has ended with that, of one that is under way its runner is told. `isForced`: also that nothing of it is to
 * go on, and once more of one that is ending already.
 */
export async function cancelJob(change: RunChange, row: RunJobRow, why: string, isForced = false): Promise<void> {
  const { session, parts, at } = change;
  const state = stateOf(row);
  const tellRunner = ({ execution, runner }: { readonly execution: number; readonly runner: string }) =>
    session.afterCommit(() => parts.cancelled.tell({ job: row.id, execution, runner, why, isForced }));
  if (state.status === 'cancelling') return isForced ? tellRunner(state.lease) : undefined;
  const event = { type: 'cancelled', why, at } as const;
  if (row.state === 'waiting' || row.state === 'queued') return endJob(change, row, event, why);
  const next = transition(state, event);
  if (next.status !== 'cancelling' || !(await saveState(session, row, next))) return;
  await session.run(setCancelReason, { job: row.id, why });
  const { execution, runner } = next.lease;
  await tell(change, 'job.cancelling', { key: row.key, name: row.name, execution, runner, reason: why }, row.id);
  tellRunner(next.lease);
}
