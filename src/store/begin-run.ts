import type { Kysely, Selectable } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import type { Plan, PlannedJob, RunNumbers, RunSettings } from '../model/plan.ts';
import type { Trigger } from '../model/push.ts';
import type { WorkflowDefinition } from '../model/workflow.ts';
import { advanceAll } from './advance-run.ts';
import { reusedWords } from './green-trees.ts';
import { insertDefinitions } from './insert-definitions.ts';
import { insertFound } from './insert-job.ts';
import { enqueue, NO_LANE } from './lanes.ts';
import type { DispatchedCommit } from './new-dispatch.ts';
import type { StoreParts } from './parts.ts';
import { beginChange, type RunChange, tell } from './run-change.ts';
import type { ReusedFrom } from './run-record.ts';
import { runEventData } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { takeTurnOfRun } from './take-turns.ts';
import { ruleOf } from './turn-rule.ts';

const setSettings = statement(
  (db: Kysely<Tables>, p: { id: number; title: string | null; concurrency: string | null; cancels: number }) =>
    db
      .updateTable('runs')
      .set((row) => ({ title: row.fn.coalesce(row.val(p.title), 'title'), concurrency: p.concurrency }))
      .set({ cancels_in_progress: p.cancels })
      .where('id', '=', p.id),
);

/** The jobs of a run that took over a verdict: they are there to be executed when somebody reruns it. */
const setJobsOver = statement((db: Kysely<Tables>, p: { run: number; reason: string | null; at: number }) =>
  db
    .updateTable('jobs')
    .set({ conclusion: 'skipped', reason: p.reason, completed_at: p.at })
    .where('run', '=', p.run)
    .where('state', '=', 'completed'),
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

/** What the row of any run holds of its plan; `reused`: the verdict that it takes over. */
export function planColumns(
  { plan, tree, title }: Pick<DispatchedCommit, 'plan' | 'tree' | 'title'>,
  reused: ReusedFrom | undefined,
  at: Date,
) {
  const isNothing = plan.jobs.length === 0 && graphOf(plan) === undefined;
  const isOver = isNothing || reused !== undefined;
  const status: Status = isOver ? 'completed' : 'queued';
  return {
    ...{ tree, title: plan.title ?? title, status, ...endOf(plan, isNothing, reused) },
    ...{ started_at: null, completed_at: isOver ? +at : null, fingerprint: plan.reuse?.fingerprint ?? null },
    reused_from: reused === undefined ? null : JSON.stringify(reused),
  };
}

function endOf(plan: Plan, isNothing: boolean, reused: ReusedFrom | undefined) {
  const of = (conclusion: Conclusion | null, reason: string | null) => ({ conclusion, reason });
  if (reused !== undefined) return of('success', reusedWords(reused));
  if (!isNothing) return of(null, plan.held ?? null);
  return of(plan.error === undefined ? 'skipped' : 'error', plan.error ?? plan.skipped ?? 'there is nothing to do');
}

/** What only a run of a workflow file has; of one that is over the file and the payload are not kept. */
export async function workflowColumns(
  session: Session<Tables>,
  { documents }: StoreParts,
  { plan, payload, actor, head }: Pick<DispatchedCommit, 'plan' | 'payload' | 'actor' | 'head'>,
) {
  const graph = graphOf(plan);
  const keep = async (document: object | undefined) =>
    graph === undefined || document === undefined ? null : await documents.idOf(session, document);
  return {
    ...{ path: plan.path ?? null, actor: actor ?? null, held: plan.held ?? null, head: head ?? null },
    ...{ definition: await keep(graph), payload: await keep(payload), inputs: await keep(plan.inputs) },
    concurrency: plan.concurrency?.group ?? null,
    cancels_in_progress: ruleOf(plan.concurrency),
  };
}

type Columns = Pick<Selectable<Tables['runs']>, 'status' | 'conclusion' | 'reason' | 'reused_from'>;

/** Makes the jobs of a run whose row was written, and does what follows at once. */
export async function beginRun(
  session: Session<Tables>,
  parts: StoreParts,
  run: BeginningRun,
  { sha, plan, ...commit }: DispatchedCommit,
  { status, conclusion, reason, reused_from }: Columns,
): Promise<void> {
  const { id, number, ref, trigger, attempt, rank, repositoryName: repository, at } = run;
  const settings = await settle(session, run, plan);
  const told = { number, sha, title: settings.title ?? commit.title, ref, workflow: plan.workflow, trigger };
  const change = beginChange({ session, parts, run: id, repository, at });
  const data = { ...runEventData(told), status, conclusion, reason, ...(attempt === 1 ? {} : { attempt }) };
  await tell(change, status === 'completed' ? 'run.completed' : 'run.queued', data);
  const graph = graphOf(plan);
  const isReused = reused_from !== null;
  for (const job of plan.jobs) await insertPlanned(change, run, job, isReused);
  if (graph !== undefined)
    await insertDefinitions(session, parts, { run: id, rank, jobs: graph.jobs, isOver: isReused });
  if (isReused) {
    await session.run(setJobsOver, { run: id, reason, at: +at });
    return;
  }
  if (graph !== undefined && plan.held === undefined) await takeTurn(change, run, settings);
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
  const cancels = ruleOf(concurrency);
  await session.run(setSettings, { id: run.id, title, concurrency: concurrency?.group ?? null, cancels });
  return settings;
}

/** A workflow with a concurrency group of its own begins when it is its turn. */
async function takeTurn(change: RunChange, run: BeginningRun, { concurrency }: RunSettings): Promise<void> {
  if (concurrency === undefined) return;
  const { group: name } = concurrency;
  await takeTurnOfRun(change, run, { repository: run.repository, name }, ruleOf(concurrency));
}

async function insertPlanned(change: RunChange, run: BeginningRun, job: PlannedJob, isOver: boolean): Promise<void> {
  const { session, parts, at } = change;
  const { key, name, needs } = job;
  const { rank, priority } = run;
  const lane = await parts.lanes.idOf(session, run.repository, job.labels, priority);
  const spec = await parts.specs.idOf(session, job.spec);
  const isWaiting = needs.length > 0;
  const waits = isWaiting ? 'waiting' : 'queued';
  const row = await session.one(insertFound, {
    ...{ run: run.id, key, name, needs: JSON.stringify(needs), spec, lane, rank },
    ...{ state: isOver ? 'completed' : waits, execution: 0, lost: 0, queued_at: isWaiting || isOver ? null : +at },
  });
  if (row === undefined) throw new Error('an insert returned no id');
  if (isOver) return;
  await enqueue(session, { job: row.id, lane: isWaiting ? NO_LANE : lane, rank });
  if (!isWaiting) await tell(change, 'job.queued', { key, name }, row.id);
}
