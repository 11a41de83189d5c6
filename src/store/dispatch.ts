import type { Kysely, Selectable } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Plan, PlannedJob, RunNumbers, RunSettings } from '../model/plan.ts';
import { isNoCommit } from '../model/push.ts';
import type { WorkflowDefinition } from '../model/workflow.ts';
import { advanceAll } from './advance-run.ts';
import { UnknownRepositoryError } from './errors.ts';
import { insertDefinitions } from './insert-definitions.ts';
import { insertFound } from './insert-job.ts';
import { insertRowWithId } from './insert-row.ts';
import { enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, type RunChange } from './run-change.ts';
import { runEventData } from './run-rows.ts';
import { joinSources, promoteTip } from './run-sources.ts';
import { type Session, statement } from './statement.ts';
import type { DispatchedCommit, NewDispatch } from './store.ts';
import { NO_LANE, type Tables } from './tables.ts';
import { takeTurnOfRun } from './take-turns.ts';

/** All jobs have this one until workflows can ask for another. */
const PRIORITY = 0;

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
    .select(['id', 'number', 'sources', 'status'])
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
] as const;
const insertRun = insertRowWithId('runs', ...FOUND);
const insertWorkflowRun = insertRowWithId(
  'runs',
  ...FOUND,
  ...(['path', 'actor', 'definition', 'payload', 'inputs', 'held', 'concurrency', 'cancels_in_progress'] as const),
);

const setSettings = statement(
  (db: Kysely<Tables>, p: { id: number; title: string | null; concurrency: string | null; cancels: number }) =>
    db
      .updateTable('runs')
      .set((row) => ({ title: row.fn.coalesce(row.val(p.title), 'title'), concurrency: p.concurrency }))
      .set({ cancels_in_progress: p.cancels })
      .where('id', '=', p.id),
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
  const tip = dispatch.commits.at(-1)?.sha;
  for (const commit of dispatch.commits) {
    const rank = commit.sha === tip ? 0 : 1;
    ids.push(await dispatchCommit(session, parts, push, commit, rank));
  }
  return ids;
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
): Promise<number> {
  const { repository, event, occurrence = '', trigger } = push.dispatch;
  const { workflow, keyRef } = commit.plan;
  const identity = { repository, workflow, event, key_ref: keyRef, sha: commit.sha, occurrence };
  const known = await session.one(byIdentity, identity);
  if (known === undefined) return insertNew(session, parts, push, commit, identity, rank);
  await joinSources(session, parts, known, trigger, push);
  if (rank === 0 && known.status === 'queued') await promoteTip(session, known.id);
  return known.id;
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
  const { sha, tree, author, plan } = commit;
  const numbered = await session.one(nextNumber, { repository: dispatch.repository });
  if (numbered === undefined) throw new UnknownRepositoryError(dispatch.repository);
  const graph = plan.skipped === undefined && plan.error === undefined ? plan.definition : undefined;
  const isOver = plan.jobs.length === 0 && graph === undefined;
  const reason = isOver ? (plan.error ?? plan.skipped ?? 'there is nothing to do') : (plan.held ?? null);
  const overAs: Conclusion = plan.error === undefined ? 'skipped' : 'error';
  const conclusion = isOver ? overAs : null;
  const status: Status = isOver ? 'completed' : 'queued';
  const columns = {
    ...identity,
    ...{ number: numbered.last_number, ref: dispatch.ref, tree, author, status, conclusion, reason, attempt: 1 },
    title: plan.title ?? commit.title,
    ...{ trigger: dispatch.trigger, sources: JSON.stringify([dispatch.trigger]) },
    ...{ created_at: +at, committed_at: +commit.committedAt, received_at: +dispatch.receivedAt, dispatched_at: +at },
    ...{ started_at: null, completed_at: isOver ? +at : null },
  } as const;
  const row =
    plan.path === undefined && commit.actor === undefined
      ? await session.one(insertRun, columns)
      : await session.one(insertWorkflowRun, { ...columns, ...(await ofWorkflow(session, parts, commit, graph)) });
  if (row === undefined) throw new Error('an insert returned no id');
  const settings = await settle(session, { id: row.id, number: numbered.last_number }, plan);
  const title = settings.title ?? commit.title;
  const told = { number: numbered.last_number, sha, title, ref: dispatch.ref, workflow: plan.workflow };
  const data = { ...runEventData({ ...told, trigger: dispatch.trigger }), status, conclusion, reason };
  const event = { at, repository: repositoryName, run: row.id };
  await parts.events.write(session, { ...event, type: isOver ? 'run.completed' : 'run.queued', data });
  for (const job of plan.jobs) await insertPlanned(session, parts, push, row.id, job, rank);
  const change = beginChange({ session, parts, run: row.id, repository: repositoryName, at });
  if (graph !== undefined) {
    await insertDefinitions(session, parts, { run: row.id, rank, jobs: graph.jobs });
    if (plan.held === undefined)
      await takeTurn(change, { id: row.id, number: numbered.last_number }, dispatch.repository, settings);
  }
  if (graph !== undefined || plan.jobs.some((job) => job.needs.length > 0)) await advanceAll(change);
  return row.id;
}

/** What the workflow file says of the whole run, now that the run has its numbers. */
async function settle(session: Session<Tables>, run: RunNumbers, plan: Plan): Promise<RunSettings> {
  if (plan.ofRun === undefined) return plan;
  const settings = plan.ofRun(run);
  const { title = null, concurrency } = settings;
  const cancels = concurrency?.cancelInProgress === true ? 1 : 0;
  await session.run(setSettings, { id: run.id, title, concurrency: concurrency?.group ?? null, cancels });
  return settings;
}

/** A workflow with a concurrency group of its own begins when it is its turn. */
async function takeTurn(
  change: RunChange,
  run: { readonly id: number; readonly number: number },
  repository: number,
  { concurrency }: RunSettings,
): Promise<void> {
  if (concurrency === undefined) return;
  const { group: name, cancelInProgress } = concurrency;
  await takeTurnOfRun(change, run, { repository, name }, cancelInProgress);
}

/** What only a run of a workflow file has; of one that is over the file and the payload are not kept. */
async function ofWorkflow(
  session: Session<Tables>,
  { documents }: StoreParts,
  { plan, payload, actor }: DispatchedCommit,
  graph: WorkflowDefinition | undefined,
) {
  const keep = async (document: object | undefined) =>
    graph === undefined || document === undefined ? null : await documents.idOf(session, document);
  return {
    ...{ path: plan.path ?? null, actor: actor ?? null, held: plan.held ?? null },
    ...{ definition: await keep(graph), payload: await keep(payload), inputs: await keep(plan.inputs) },
    concurrency: plan.concurrency?.group ?? null,
    cancels_in_progress: plan.concurrency?.cancelInProgress === true ? 1 : 0,
  };
}

async function insertPlanned(
  session: Session<Tables>,
  parts: StoreParts,
  { dispatch, repositoryName, at }: Push,
  run: number,
  job: PlannedJob,
  rank: number,
): Promise<void> {
  const { key, name, needs } = job;
  const lane = await parts.lanes.idOf(session, dispatch.repository, job.labels, PRIORITY);
  const spec = await parts.specs.idOf(session, job.spec);
  const isWaiting = needs.length > 0;
  const row = await session.one(insertFound, {
    ...{ run, key, name, needs: JSON.stringify(needs), spec, lane, rank, state: isWaiting ? 'waiting' : 'queued' },
    ...{ execution: 0, lost: 0, queued_at: isWaiting ? null : +at },
  });
  if (row === undefined) throw new Error('an insert returned no id');
  await enqueue(session, { job: row.id, lane: isWaiting ? NO_LANE : lane, rank });
  if (isWaiting) return;
  const data = { key, name };
  await parts.events.write(session, { at, type: 'job.queued', repository: repositoryName, run, job: row.id, data });
}
