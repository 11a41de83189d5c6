import type { Kysely, Selectable } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Plan, PlannedJob, RunNumbers, RunSettings } from '../model/plan.ts';
import type { Trigger } from '../model/push.ts';
import type { WorkflowDefinition } from '../model/workflow.ts';
import { advanceAll } from './advance-run.ts';
import { insertDefinitions } from './insert-definitions.ts';
import { insertFound } from './insert-job.ts';
import { enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, type RunChange, tell } from './run-change.ts';
import { runEventData } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { DispatchedCommit } from './store.ts';
import { NO_LANE, type Tables } from './tables.ts';
import { takeTurnOfRun } from './take-turns.ts';

const setSettings = statement(
  (db: Kysely<Tables>, p: { id: number; title: string | null; concurrency: string | null; cancels: number }) =>
    db
      .updateTable('runs')
      .set((row) => ({ title: row.fn.coalesce(row.val(p.title), 'title'), concurrency: p.concurrency }))
      .set({ cancels_in_progress: p.cancels })
      .where('id', '=', p.id),
);

/** A run whose row was just written. */
export interface BeginningRun extends RunNumbers {
  readonly repository: number;
  readonly repositoryName: string;
  readonly ref: string;
  readonly trigger: Trigger;
  readonly attempt: number;
  /** 0 for the tip of a ref, 1 for a commit in between. */
  readonly rank: number;
  /** Of its lanes: those with more come first. 0 but for what is done when there is nothing else to do. */
  readonly priority: number;
  readonly at: Date;
}

/** What the row of any run holds of its plan. */
export function planColumns({ plan, tree, title }: Pick<DispatchedCommit, 'plan' | 'tree' | 'title'>, at: Date) {
  const isOver = plan.jobs.length === 0 && graphOf(plan) === undefined;
  const overAs: Conclusion = plan.error === undefined ? 'skipped' : 'error';
  const status: Status = isOver ? 'completed' : 'queued';
  return {
    ...{ tree, title: plan.title ?? title, status, conclusion: isOver ? overAs : null },
    reason: isOver ? (plan.error ?? plan.skipped ?? 'there is nothing to do') : (plan.held ?? null),
    ...{ started_at: null, completed_at: isOver ? +at : null },
  };
}

/** What only a run of a workflow file has; of one that is over the file and the payload are not kept. */
export async function workflowColumns(
  session: Session<Tables>,
  { documents }: StoreParts,
  { plan, payload, actor }: Pick<DispatchedCommit, 'plan' | 'payload' | 'actor'>,
) {
  const graph = graphOf(plan);
  const keep = async (document: object | undefined) =>
    graph === undefined || document === undefined ? null : await documents.idOf(session, document);
  return {
    ...{ path: plan.path ?? null, actor: actor ?? null, held: plan.held ?? null },
    ...{ definition: await keep(graph), payload: await keep(payload), inputs: await keep(plan.inputs) },
    concurrency: plan.concurrency?.group ?? null,
    cancels_in_progress: plan.concurrency?.cancelInProgress === true ? 1 : 0,
  };
}

type Columns = Pick<Selectable<Tables['runs']>, 'status' | 'conclusion' | 'reason'>;

/** Makes the jobs of a run whose row was written, and does what follows at once. */
export async function beginRun(
  session: Session<Tables>,
  parts: StoreParts,
  run: BeginningRun,
  { sha, plan, ...commit }: DispatchedCommit,
  { status, conclusion, reason }: Columns,
): Promise<void> {
  const { id, number, ref, trigger, attempt, rank, repositoryName: repository, at } = run;
  const settings = await settle(session, run, plan);
  const told = { number, sha, title: settings.title ?? commit.title, ref, workflow: plan.workflow, trigger };
  const change = beginChange({ session, parts, run: id, repository, at });
  const data = { ...runEventData(told), status, conclusion, reason, ...(attempt === 1 ? {} : { attempt }) };
  await tell(change, status === 'completed' ? 'run.completed' : 'run.queued', data);
  for (const job of plan.jobs) await insertPlanned(change, run, job);
  const graph = graphOf(plan);
  if (graph !== undefined) {
    await insertDefinitions(session, parts, { run: id, rank, jobs: graph.jobs });
    if (plan.held === undefined) await takeTurn(change, run, settings);
  }
  if (graph !== undefined || plan.jobs.some((job) => job.needs.length > 0)) await advanceAll(change);
}

function graphOf(plan: Plan): WorkflowDefinition | undefined {
  return plan.skipped === undefined && plan.error === undefined ? plan.definition : undefined;
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
async function takeTurn(change: RunChange, run: BeginningRun, { concurrency }: RunSettings): Promise<void> {
  if (concurrency === undefined) return;
  const { group: name, cancelInProgress } = concurrency;
  await takeTurnOfRun(change, run, { repository: run.repository, name }, cancelInProgress);
}

async function insertPlanned(change: RunChange, run: BeginningRun, job: PlannedJob): Promise<void> {
  const { session, parts, at } = change;
  const { key, name, needs } = job;
  const { rank, priority } = run;
  const lane = await parts.lanes.idOf(session, run.repository, job.labels, priority);
  const spec = await parts.specs.idOf(session, job.spec);
  const isWaiting = needs.length > 0;
  const row = await session.one(insertFound, {
    ...{ run: run.id, key, name, needs: JSON.stringify(needs), spec, lane, rank },
    ...{ state: isWaiting ? 'waiting' : 'queued', execution: 0, lost: 0, queued_at: isWaiting ? null : +at },
  });
  if (row === undefined) throw new Error('an insert returned no id');
  await enqueue(session, { job: row.id, lane: isWaiting ? NO_LANE : lane, rank });
  if (!isWaiting) await tell(change, 'job.queued', { key, name }, row.id);
}
