import type { Kysely, Selectable } from 'kysely';
import { beginRun, planColumns, workflowColumns } from './begin-run.ts';
import { takeOverVerdict } from './green-trees.ts';
import { keepAttempt } from './keep-attempt.ts';
import type { DispatchedCommit } from './new-dispatch.ts';
import type { StoreParts } from './parts.ts';
import { isLeftOut } from './read-branch.ts';
import { findRun } from './run-rows.ts';
import { indexAgain } from './search-index.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** How a run that was left out is tested after all. */
export interface Reopening extends Pick<DispatchedCommit, 'tree' | 'plan' | 'payload' | 'actor'> {
  /** Below 0: after everything else that waits. */
  readonly priority: number;
  /** What for, in words: `to find since when main is broken`. */
  readonly purpose: string;
}

/** What has to be known of a run that is there already. */
export const LEFT_OUT_COLUMNS = [
  ...(['id', 'repository', 'number', 'sources', 'status', 'attempt', 'ref', 'trigger', 'tree', 'conclusion'] as const),
  ...(['reason', 'started_at', 'completed_at', 'priority', 'asked_by'] as const),
] as const;

/** A run that may have been left out. */
export type LeftOutRow = Pick<Selectable<Tables['runs']>, (typeof LEFT_OUT_COLUMNS)[number]>;

/** The run that a commit of a push got when it was left out. Before its files were read nothing of its identity was known. */
export const leftOutOf = statement((db: Kysely<Tables>, p: { repository: number; sha: string }) =>
  db
    .selectFrom('runs')
    .select(LEFT_OUT_COLUMNS)
    .where('sha', '=', p.sha)
    .where('repository', '=', p.repository)
    .where('event', '=', 'push')
    .where('key_ref', '=', '')
    .where('conclusion', '=', 'skipped')
    .where('tree', 'is', null),
);
type Columns = ReturnType<typeof planColumns> & Awaited<ReturnType<typeof workflowColumns>>;
type Reopened = Columns &
  Pick<Selectable<Tables['runs']>, 'id' | 'workflow' | 'key_ref' | 'attempt' | 'priority' | 'purpose'>;
const becomeReal = statement((db: Kysely<Tables>, p: Reopened & { at: number }) =>
  db
    .updateTable('runs')
    .set({
      ...{ workflow: p.workflow, key_ref: p.key_ref, attempt: p.attempt, priority: p.priority, purpose: p.purpose },
      ...{ tree: p.tree, title: p.title, path: p.path, actor: p.actor, status: p.status, conclusion: p.conclusion },
      ...{ reason: p.reason, started_at: p.started_at, completed_at: p.completed_at, dispatched_at: p.at },
      ...{ definition: p.definition, payload: p.payload, inputs: p.inputs, held: p.held },
      ...{ fingerprint: p.fingerprint, reused_from: p.reused_from },
      ...{ concurrency: p.concurrency, cancels_in_progress: p.cancels_in_progress },
    })
    .where('id', '=', p.id),
);

/** How a run that was left out begins. */
interface Beginning {
  readonly repositoryName: string;
  readonly rank: number;
  readonly at: Date;
  readonly priority?: number;
  readonly purpose?: string;
}

/** A commit that was left out is tested after all: its run keeps its number, and its plan is its next attempt. */
export async function reopenLeftOut(
  session: Session<Tables>,
  parts: StoreParts,
  row: LeftOutRow,
  commit: DispatchedCommit,
  { repositoryName, rank, at, priority = 0, purpose }: Beginning,
): Promise<void> {
  const { id, number, repository, ref, trigger, attempt, conclusion, reason, started_at, completed_at, asked_by } = row;
  await session.run(keepAttempt, { run: id, attempt, conclusion, reason, started_at, completed_at, asked_by });
  const reused = await takeOverVerdict(session, repository, commit.plan);
  const columns = { ...planColumns(commit, reused, at), ...(await workflowColumns(session, parts, commit)) };
  const next = { id, workflow: commit.plan.workflow, key_ref: commit.plan.keyRef, attempt: attempt + 1, priority };
  await session.run(becomeReal, { ...columns, ...next, purpose: purpose ?? null, at: +at });
  const run = { id, number, repository, repositoryName, ref, trigger, attempt: attempt + 1, rank, priority, at };
  await beginRun(session, parts, run, commit, columns);
  await indexAgain(session, id);
}

/** See {@link Store.reopen}. */
export async function reopen(
  session: Session<Tables>,
  parts: StoreParts,
  run: number,
  { priority, purpose, ...planned }: Reopening,
  at: Date,
): Promise<boolean> {
  const row = await findRun(session, run);
  if (row === undefined || !isLeftOut(row)) return false;
  const { sha, title, author } = row;
  const commit = { sha, title, author, committedAt: new Date(row.committed_at), ...planned };
  const how = { repositoryName: row.repository_name, rank: 1, at, priority, purpose };
  await reopenLeftOut(session, parts, row, commit, how);
  return true;
}
