import type { Kysely } from 'kysely';
import { transition } from '../model/job.ts';
import { advanceRun } from './advance-run.ts';
import { endExecution } from './end-execution.ts';
import type { FinishedExecution } from './finished-execution.ts';
import { saveResults } from './job-results.ts';
import { findJob, holds, type JobRow, saveState, stateOf } from './job-rows.ts';
import { isOneOfMany } from './one-of-many.ts';
import type { StoreParts } from './parts.ts';
import { tellStart } from './progress.ts';
import { queueAgain, type Retry, retry, retryFor } from './retry.ts';
import type { RunRecord } from './run-record.ts';
import { saveTests } from './save-tests.ts';
import { type Session, statement } from './statement.ts';
import { stepsText } from './step-text.ts';
import type { Tables } from './tables.ts';
import type { PackedTests } from './test-pack.ts';

/** What came of a result. `runCompleted`: it was the last job of its run. */
export type FinishOutcome =
  | { readonly outcome: 'accepted'; readonly runCompleted: RunRecord | null; readonly unblocked: boolean }
  | { readonly outcome: 'stale' };

const outcomeOf = statement((db: Kysely<Tables>, p: { job: number; number: number }) =>
  db.selectFrom('executions').select('outcome').where('job', '=', p.job).where('number', '=', p.number),
);
const keepEvidence = statement(
  (
    db: Kysely<Tables>,
    p: Pick<Tables['executions'], 'job' | 'number' | 'started_at' | 'completed_at' | 'conclusion' | 'exit' | 'steps'> &
      Pick<Tables['executions'], 'log_bytes' | 'log_bytes_dropped' | 'leftovers'>,
  ) =>
    db
      .updateTable('executions')
      .set({
        ...{ outcome: 'stale', started_at: p.started_at, completed_at: p.completed_at, conclusion: p.conclusion },
        ...{ exit: p.exit, log_bytes: p.log_bytes, log_bytes_dropped: p.log_bytes_dropped },
        ...{ leftovers: p.leftovers, steps: p.steps },
      })
      .where('job', '=', p.job)
      .where('number', '=', p.number)
      .where('outcome', '=', 'lost'),
);

const STALE: FinishOutcome = { outcome: 'stale' };

/** The one place that finishes a job by a result; see {@link Store.finish}. */
export async function finish(
  session: Session<Tables>,
  parts: StoreParts,
  result: FinishedExecution,
  at: Date,
  tests?: PackedTests,
): Promise<FinishOutcome> {
  const row = await findJob(session, result.job);
  if (row === undefined) return STALE;
  if (!holds(row, result.execution)) return answerLate(session, parts, row, result, at);
  const { execution, conclusion, reason, startedAt } = result;
  // a result that comes soon after the start is the first that is said of it
  const isUntold = row.lease_started_at === null && startedAt !== null;
  if (isUntold) await tellStart(session, parts, row, startedAt);
  const again = await retryFor(session, parts, row, result);
  if (again !== undefined) return finishAndRetry(session, parts, row, result, again, at, tests);
  const event = { type: 'finished', execution, conclusion, at: result.completedAt } as const;
  const begun = isUntold ? { ...row, started_at: +startedAt } : row;
  if (!(await saveState(session, begun, transition(stateOf(row), event), { reason }))) return STALE;
  await endExecution(session, row, { outcome: 'finished', ...columnsOf(result), reason });
  await saveResults(session, result);
  if (tests !== undefined) await saveTests(session, row, execution, tests, at);
  await tell(session, parts, row, 'job.finished', result, at);
  if (row.definition !== null && (await isOneOfMany(session, row.id, conclusion)))
    return { outcome: 'accepted', runCompleted: null, unblocked: false };
  const { completed, unblocked } = await advanceRun(session, parts, row, at);
  return { outcome: 'accepted', runCompleted: completed, unblocked };
}

/** The execution is over, and its job is not: it failed, and its settings say that it is to be tried again. */
async function finishAndRetry(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  result: FinishedExecution,
  again: Retry,
  at: Date,
  tests: PackedTests | undefined,
): Promise<FinishOutcome> {
  const { execution, reason } = result;
  if (!(await queueAgain(session, row, execution, at))) return STALE;
  await endExecution(session, row, { outcome: 'finished', ...columnsOf(result), reason });
  if (tests !== undefined) await saveTests(session, row, execution, tests, at);
  await retry(session, parts, row, result, again, at);
  return { outcome: 'accepted', runCompleted: null, unblocked: true };
}

/** A result nobody waits for: said twice, since the answer was lost, or too late. */
async function answerLate(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  result: FinishedExecution,
  at: Date,
): Promise<FinishOutcome> {
  const name = { job: result.job, number: result.execution };
  const known = await session.one(outcomeOf, name);
  if (known?.outcome === 'finished') return { outcome: 'accepted', runCompleted: null, unblocked: false };
  const kept = await session.run(keepEvidence, { ...name, ...columnsOf(result) });
  if (kept > 0) await tell(session, parts, row, 'execution.stale', result, at);
  return STALE;
}

/** What an execution's row says of a result. */
function columnsOf(result: FinishedExecution) {
  return {
    started_at: result.startedAt && +result.startedAt,
    completed_at: +result.completedAt,
    conclusion: result.conclusion,
    exit: result.exit && JSON.stringify(result.exit),
    log_bytes: result.logBytes,
    log_bytes_dropped: result.logBytesDropped,
    leftovers: JSON.stringify(result.leftovers),
    steps: stepsText(result.steps),
  };
}

async function tell(
  session: Session<Tables>,
  parts: StoreParts,
  row: JobRow,
  type: 'job.finished' | 'execution.stale',
  { execution, conclusion, reason, exit }: FinishedExecution,
  at: Date,
): Promise<void> {
  const data = { key: row.key, name: row.name, execution, conclusion, reason, exit };
  await parts.events.write(session, { at, type, repository: row.repository_name, run: row.run, job: row.id, data });
}
