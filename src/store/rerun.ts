import type { Kysely } from 'kysely';
import { planRerun, type RerunPlan } from '../model/rerun.ts';
import { advanceAll } from './advance-run.ts';
import { NothingToRerunError, RunNotCompletedError } from './errors.ts';
import { definedBy } from './expand-job.ts';
import { becomeDefinitionAgain, everyJobOf, makeFormer, waitAgain } from './former-jobs.ts';
import { keyOf, nameOf } from './insert-definitions.ts';
import { inFileOrder } from './job-order.ts';
import { factsOf, jobsOfRun, type RunJobRow } from './job-rows.ts';
import { keepAttempt } from './keep-attempt.ts';
import { dequeue, NO_LANE } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, type RunChange, tell } from './run-change.ts';
import { contextOf, type RunContext } from './run-context.ts';
import type { RunRecord } from './run-record.ts';
import { findRun, type RunRow, runEventData, toRunRecord } from './run-rows.ts';
import { raisePriority } from './run-sources.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { takeTurnOfRun, wantTurnAgain } from './take-turns.ts';

/** What came of trying a run again: its jobs, by name, as they were called before. */
export interface RerunOutcome {
  /** As it is now. */
  readonly run: RunRecord;
  readonly rerun: readonly string[];
  /** Their results stay. */
  readonly kept: readonly string[];
}

/** What of a run is tried again, and who wants it. */
export interface RerunWish {
  readonly failedOnly: boolean;
  /** As they call themselves; null: it is not known. */
  readonly by?: string | null;
}

const openAgain = statement(
  (db: Kysely<Tables>, p: { id: number; attempt: number; held: string | null; by: string | null; at: number }) =>
    db
      .updateTable('runs')
      .set({
        ...{ attempt: p.attempt, status: 'queued', conclusion: null, cancel_reason: null, turn: null, retried: 0 },
        reused_from: null,
        reason: p.held, // what waited for a person still does
        ...{ dispatched_at: p.at, started_at: null, completed_at: null, asked_by: p.by },
      })
      .where('id', '=', p.id),
);

/** Tries a run again; see {@link Store.rerun}. */
export async function rerun(
  session: Session<Tables>,
  parts: StoreParts,
  id: number,
  { failedOnly, by = null }: RerunWish,
  at: Date,
): Promise<RerunOutcome | undefined> {
  const row = await findRun(session, id);
  if (row === undefined) return undefined;
  if (row.completed_at === null) throw new RunNotCompletedError(row.number);
  if (row.priority < 0) await raisePriority(session, parts, row);
  const rows = await jobsOfRun(session, id);
  const plan = planRerun(factsOf(rows), failedOnly);
  if (plan.reset.length + plan.retry.length + plan.reopen.length === 0)
    throw new NothingToRerunError(row.number, failedOnly);
  const change = beginChange({ session, parts, run: id, repository: row.repository_name, at });
  await nextAttempt(change, row, by);
  await carryOut(change, rows, plan);
  if (row.concurrency !== null && row.held === null) {
    const group = { repository: row.repository, name: row.concurrency };
    await takeTurnOfRun(change, row, group, row.cancels_in_progress);
  }
  const { completed } = await advanceAll(change);
  const now = await findRun(session, id);
  return { run: completed ?? toRunRecord(now ?? row), ...namesOf(rows, plan) };
}

async function nextAttempt(change: RunChange, row: RunRow, by: string | null): Promise<void> {
  const { attempt, conclusion, reason, started_at, completed_at, held, asked_by } = row;
  const ended = { conclusion, reason, started_at, completed_at, asked_by };
  await change.session.run(keepAttempt, { run: row.id, attempt, ...ended });
  await change.session.run(openAgain, { id: row.id, attempt: attempt + 1, held, by, at: +change.at });
  const data = { ...runEventData(row), status: 'queued', conclusion: null, reason: held, attempt: attempt + 1 };
  await tell(change, 'run.queued', data);
}

async function carryOut(change: RunChange, rows: readonly RunJobRow[], plan: RerunPlan): Promise<void> {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  const context = plan.reset.length === 0 ? undefined : await contextOf(change.session, change.parts, change.run);
  for (const { parent, definition } of plan.reset)
    if (context !== undefined) await reset(change, context, rows, byKey.get(parent), definition);
  for (const row of rows.filter(({ key }) => plan.retry.includes(key))) {
    await waitAgain(change, row);
    await wantTurnAgain(change, row);
  }
  for (const row of rows.filter(({ key }) => plan.reopen.includes(key))) {
    await waitAgain(change, row);
    await dequeue(change.session, row.id, NO_LANE); // its jobs are what waits
  }
}

/** The jobs of a definition become one waiting row again; what they called is history. */
async function reset(
  change: RunChange,
  context: RunContext,
  rows: readonly RunJobRow[],
  caller: RunJobRow | undefined,
  definition: string,
): Promise<void> {
  const group = { parent: caller?.id ?? 0, definition };
  const { job, scope } = await definedBy(change.session, change.parts, context, group);
  for (const row of rows.filter((each) => each.parent === group.parent && each.definition === definition))
    await makeFormer(change, row, rows);
  const every = await everyJobOf(change, group);
  const again = { ...job, key: keyOf(job, caller?.key), name: nameOf(job, scope.names) };
  await becomeDefinitionAgain(change, every, again);
}

/** What is tried again and what is kept: jobs, and calls that did not come to have any. */
function namesOf(rows: readonly RunJobRow[], { reset, retry }: RerunPlan): Pick<RerunOutcome, 'rerun' | 'kept'> {
  const byId = new Map(rows.map((row) => [row.id, row]));
  const isAgain = (row: RunJobRow): boolean => {
    const parent = byId.get(row.parent);
    const isReset = reset.some((it) => it.definition === row.definition && it.parent === (parent?.key ?? ''));
    return isReset || retry.includes(row.key) || (parent !== undefined && isAgain(parent));
  };
  const leaves = inFileOrder(rows).filter((row) => !rows.some(({ parent }) => parent === row.id));
  const names = (those: readonly RunJobRow[]) => those.map(({ name }) => name);
  return { rerun: names(leaves.filter(isAgain)), kept: names(leaves.filter((row) => !isAgain(row))) };
}
