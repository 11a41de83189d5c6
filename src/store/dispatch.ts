import type { Kysely, Selectable } from 'kysely';
import { isNoCommit } from '../model/push.ts';
import { beginRun, planColumns, workflowColumns } from './begin-run.ts';
import { moveBranch } from './branch-tips.ts';
import { UnknownRepositoryError } from './errors.ts';
import { takeOverVerdict } from './green-trees.ts';
import { insertRowWithId } from './insert-row.ts';
import type { DispatchedCommit, NewDispatch } from './new-dispatch.ts';
import type { StoreParts } from './parts.ts';
import { isLeftOut } from './read-branch.ts';
import { LEFT_OUT_COLUMNS, type LeftOutRow, leftOutOf, reopenLeftOut } from './reopen.ts';
import { joinSources, promoteTip, raisePriority } from './run-sources.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const activeName = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('repositories').select('name').where('id', '=', p.id).where('removed_at', 'is', null),
);
const nextNumber = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db
    .updateTable('repository_counters')
    .set((row) => ({ last_number: row('last_number', '+', 1) }))
    .where('repository', '=', p.repository)
    .returning('last_number'),
);
type Identity = Pick<
  Selectable<Tables['runs']>,
  'repository' | 'workflow' | 'event' | 'key_ref' | 'sha' | 'occurrence'
>;
const byIdentity = statement((db: Kysely<Tables>, p: Identity) =>
  db
    .selectFrom('runs')
    .select(LEFT_OUT_COLUMNS)
    .where('sha', '=', p.sha)
    .where('repository', '=', p.repository)
    .where('workflow', '=', p.workflow)
    .where('event', '=', p.event)
    .where('key_ref', '=', p.key_ref)
    .where('occurrence', '=', p.occurrence),
);
const FOUND = [
  ...(['repository', 'number', 'workflow', 'event', 'key_ref', 'occurrence', 'ref', 'sha', 'tree'] as const),
  ...(['trigger', 'sources', 'title', 'author', 'status', 'conclusion', 'reason', 'attempt'] as const),
  ...(['created_at', 'committed_at', 'received_at', 'dispatched_at', 'started_at', 'completed_at'] as const),
  ...(['fingerprint', 'reused_from'] as const),
] as const;
const insertRun = insertRowWithId('runs', ...FOUND);
const insertWorkflowRun = insertRowWithId(
  'runs',
  ...FOUND,
  ...([
    'path',
    'actor',
    'head',
    'definition',
    'payload',
    'inputs',
    'held',
    'concurrency',
    'cancels_in_progress',
  ] as const),
);

/** What is the same for all commits of a push. */
interface Push {
  readonly dispatch: NewDispatch;
  readonly repositoryName: string;
  readonly at: Date;
}

/**
 * Makes the runs of a push; see {@link Store.dispatch}.
 * @throws {UnknownRepositoryError} if the repository is not known (any more).
 */
export async function dispatch(session: Session<Tables>, parts: StoreParts, dispatch: NewDispatch, at: Date) {
  const repository = await session.one(activeName, { id: dispatch.repository });
  if (repository === undefined) throw new UnknownRepositoryError(dispatch.repository);
  const push = { dispatch, repositoryName: repository.name, at };
  if (dispatch.commits.length === 0 && isNoCommit(dispatch.after)) await tellDeleted(session, parts, push);
  const ids: number[] = [];
  let made = 0;
  const tip = dispatch.commits.at(-1)?.sha;
  for (const commit of dispatch.commits) {
    const rank = commit.sha === tip ? 0 : 1;
    const { run, isNew } = await dispatchCommit(session, parts, push, commit, rank);
    ids.push(run);
    if (isNew) made++;
  }
  if (dispatch.event === 'push') await follow(session, parts, push, made > 0);
  return ids;
}

/** Keeps where the branch is. A new run tells of itself; that a branch was moved to a commit that has one is told here. */
async function follow(session: Session<Tables>, parts: StoreParts, push: Push, isNew: boolean): Promise<void> {
  const { dispatch, repositoryName, at } = push;
  const { ref, before, after, trigger, commits } = dispatch;
  const isMoved = await moveBranch(session, dispatch, at, isNew);
  if (!isMoved || isNew || commits.length === 0 || before === after) return;
  const data = { ref, before, after, trigger };
  await parts.events.write(session, { at, type: 'ref.moved', repository: repositoryName, data });
}

async function tellDeleted(session: Session<Tables>, parts: StoreParts, { dispatch, repositoryName, at }: Push) {
  const { ref, before, trigger } = dispatch;
  await parts.events.write(session, {
    at,
    type: 'ref.deleted',
    repository: repositoryName,
    data: { ref, before, trigger },
  });
}

/** The run of one commit: the one that is there, or a new one. */
async function dispatchCommit(
  session: Session<Tables>,
  parts: StoreParts,
  push: Push,
  commit: DispatchedCommit,
  rank: number,
): Promise<{ readonly run: number; readonly isNew: boolean }> {
  const { repository, event, occurrence = '', trigger } = push.dispatch;
  const { workflow, keyRef } = commit.plan;
  const identity = { repository, workflow, event, key_ref: keyRef, sha: commit.sha, occurrence };
  const known = await session.one(byIdentity, identity);
  const left = await leftOut(session, push, commit, known);
  if (left !== undefined) await reopenLeftOut(session, parts, left, commit, { ...push, rank });
  if (left === undefined && known === undefined) {
    return { run: await insertNew(session, parts, push, commit, identity, rank), isNew: true };
  }
  const run = known ?? left;
  if (run === undefined) throw new Error('a commit has no run');
  await joinSources(session, parts, run, trigger, push);
  if (run.priority < 0 && run.status !== 'completed') await raisePriority(session, parts, { id: run.id, repository });
  if (rank === 0 && run.status === 'queued') await promoteTip(session, run.id);
  return { run: run.id, isNew: left !== undefined };
}

/** The run of a commit that was left out until now, and is wanted; undefined if there is none. */
async function leftOut(
  session: Session<Tables>,
  { dispatch }: Push,
  { sha, tree, plan }: DispatchedCommit,
  known: LeftOutRow | undefined,
): Promise<LeftOutRow | undefined> {
  if (tree === null || dispatch.event !== 'push') return undefined;
  if (known !== undefined) return isLeftOut(known) ? known : undefined;
  if (plan.keyRef === '') return undefined;
  const found = await session.one(leftOutOf, { repository: dispatch.repository, sha });
  return found?.ref === dispatch.ref ? found : undefined;
}

async function insertNew(
  session: Session<Tables>,
  parts: StoreParts,
  push: Push,
  commit: DispatchedCommit,
  identity: Identity,
  rank: number,
): Promise<number> {
  const { dispatch, repositoryName, at } = push;
  const { repository, ref, trigger } = dispatch;
  const numbered = await session.one(nextNumber, { repository });
  if (numbered === undefined) throw new UnknownRepositoryError(repository);
  const number = numbered.last_number;
  const reused = await takeOverVerdict(session, repository, commit.plan);
  const columns = {
    ...{ ...identity, ...planColumns(commit, reused, at), number, ref, author: commit.author, attempt: 1 },
    ...{ trigger, sources: JSON.stringify([trigger]) },
    ...{
      created_at: +at,
      committed_at: +commit.committedAt,
      received_at: +(commit.receivedAt ?? dispatch.receivedAt),
      dispatched_at: +at,
    },
  };
  const row =
    commit.plan.path === undefined && commit.actor === undefined
      ? await session.one(insertRun, columns)
      : await session.one(insertWorkflowRun, { ...columns, ...(await workflowColumns(session, parts, commit)) });
  if (row === undefined) throw new Error('an insert returned no id');
  const run = { id: row.id, number, attempt: 1, repository, repositoryName, ref, trigger, rank, priority: 0, at };
  await beginRun(session, parts, run, commit, columns);
  return row.id;
}
