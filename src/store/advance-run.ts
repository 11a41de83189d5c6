import type { Kysely } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { advance, type Decision } from '../model/run.ts';
import { concludeCall, openCall } from './calls.ts';
import { expandDefinition } from './expand-job.ts';
import { noteVerdict } from './green-trees.ts';
import { factsOf, foundJobsOfRun, jobsOfRun, type RunJobRow } from './job-rows.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, cancelJob, endJob, queueJob, type RunChange, tell } from './run-change.ts';
import { contextOf, type RunContext } from './run-context.ts';
import type { RunRecord } from './run-record.ts';
import { RECORD, type RunRow, runEventData, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { giveTurnOfRunBack, giveTurnsBack, takeTurnOfJob } from './take-turns.ts';

const complete = statement(
  (db: Kysely<Tables>, p: { id: number; conclusion: Conclusion; reason: string | null; at: number }) =>
    db
      .updateTable('runs')
      .set({ status: 'completed', conclusion: p.conclusion, reason: p.reason, completed_at: p.at })
      .where('id', '=', p.id)
      .where('completed_at', 'is', null)
      .returning(RECORD)
      .returning(['turn', 'fingerprint']),
);
const cancelReasonOf = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('runs').select('cancel_reason').where('id', '=', p.id),
);
/** The run that is meant: any of its jobs says so. */
type Run = { readonly run: number; readonly repository_name: string; readonly definition: string | null };

/** What followed from the facts of a run. */
export interface Advanced {
  /** The run, if this completed it. */
  readonly completed: RunRecord | null;
  /** Did jobs join the queue? */
  readonly unblocked: boolean;
}

/** Does whatever follows from the facts of a run (see the model's `advance`): called after each change of one of its jobs. */
export async function advanceRun(
  session: Session<Tables>,
  parts: StoreParts,
  { run, repository_name: repository, definition }: Run,
  at: Date,
): Promise<Advanced> {
  return advanceAll(beginChange({ session, parts, run, repository, at }), definition === null ? 'found' : 'any');
}

/** The same, in a change that began already: then what that did to other runs is carried on too. */
export async function advanceAll(change: RunChange, kind: 'found' | 'any' = 'any'): Promise<Advanced> {
  const { shared } = change;
  const completed = await advanceOne(change, kind);
  for (const run of shared.more) {
    shared.more.delete(run);
    await advanceOne({ ...change, run }, 'any');
  }
  return { completed, unblocked: shared.unblocked };
}

async function advanceOne(change: RunChange, kind: 'found' | 'any'): Promise<RunRecord | null> {
  const { session, parts, run } = change;
  let context: RunContext | undefined;
  for (;;) {
    const rows = kind === 'found' ? await foundJobsOfRun(session, run) : await jobsOfRun(session, run);
    if (kind === 'any') await giveTurnsBack(change, rows);
    if (rows.some(isGraphWaiting)) context ??= await contextOf(session, parts, run);
    const isCancelled = rows.some(wasCancelled) && (await hasCancelReason(session, run));
    const isHeldNow = context !== undefined && isHeld(context.row);
    const decision = advance(factsOf(rows), { isHeld: isHeldNow, isCancelled });
    if (decision.conclusion !== undefined) return completeRun(change, rows, decision.conclusion);
    if (isNothing(decision)) return null;
    await carryOut(change, context, rows, decision);
  }
}

async function hasCancelReason(session: Session<Tables>, id: number): Promise<boolean> {
  const row = await session.one(cancelReasonOf, { id });
  return row !== undefined && row.cancel_reason !== null;
}

function wasCancelled({ conclusion }: RunJobRow): boolean {
  return conclusion === 'cancelled';
}

/** Nothing of it begins: it is not its turn, or it waits for a person. */
function isHeld({ turn, held }: RunRow): boolean {
  return turn === 'pending' || held !== null;
}

function isGraphWaiting(row: RunJobRow): boolean {
  return row.state === 'waiting' && row.definition !== null;
}

function isNothing({ unblock, skip, expand, acquire, open, conclude, cancel }: Decision): boolean {
  return [unblock, skip, expand, acquire, open, conclude, cancel].every((list) => list.length === 0);
}

async function carryOut(
  change: RunChange,
  context: RunContext | undefined,
  rows: readonly RunJobRow[],
  decision: Decision,
): Promise<void> {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const rowOf = (key: string) => found(byKey.get(key), key);
  for (const key of decision.unblock) await queueJob(change, rowOf(key));
  for (const { key, reason } of decision.skip)
    await endJob(change, rowOf(key), { type: 'skipped', at: change.at }, reason);
  for (const { key, reason } of decision.cancel) await cancelJob(change, rowOf(key), reason);
  if (context === undefined) return;
  for (const key of decision.expand) await expandDefinition(change, context, rows, rowOf(key));
  for (const key of decision.acquire) await takeTurnOfJob(change, context, rows, rowOf(key));
  for (const key of decision.open) await openCall(change, context, rowOf(key));
  for (const { key, conclusion } of decision.conclude)
    await concludeCall(change, context, rows, rowOf(key), conclusion);
}

function found(row: RunJobRow | undefined, key: string): RunJobRow {
  if (row === undefined) throw new Error(`the run has no job ${key}`);
  return row;
}

/** The one place that completes a run. Null if it was completed before. */
async function completeRun(
  change: RunChange,
  jobs: readonly RunJobRow[],
  conclusion: Conclusion,
): Promise<RunRecord | null> {
  const reason = jobs.find((job) => job.conclusion === conclusion && job.reason !== null)?.reason ?? null;
  const last = Math.max(...jobs.map((job) => job.completed_at ?? 0));
  const row = await change.session.one(complete, { id: change.run, conclusion, reason, at: last });
  if (row === undefined) return null;
  if (row.turn !== null) await giveTurnOfRunBack(change);
  await noteVerdict(change.session, row, jobs);
  const { purpose } = row;
  const told = { ...runEventData(row), status: 'completed', conclusion, reason };
  await tell(change, 'run.completed', purpose === null ? told : { ...told, purpose });
  return toRunRecord({ ...row, repository_name: change.repository });
}
