import type { Conclusion } from '../model/conclusion.ts';
import type { JobDefinition } from '../model/workflow.ts';
import { messageOf } from '../support/ci-error.ts';
import { becomeDefinitionAgain, everyJobOf } from './former-jobs.ts';
import { insertDefinitions, keyOf, nameOf } from './insert-definitions.ts';
import { saveOutputs } from './job-results.ts';
import type { RunJobRow } from './job-rows.ts';
import { dequeue, NO_LANE } from './lanes.ts';
import { readNeeds } from './read-needs.ts';
import { endJob, type RunChange } from './run-change.ts';
import { type RunContext, scopeOf, workflowAt } from './run-context.ts';

/** The workflow of a call begins: its definitions become jobs of the run. */
export async function openCall(change: RunChange, context: RunContext, row: RunJobRow): Promise<void> {
  const { session, parts, run, at } = change;
  const scope = await scopeOf(session, parts, context, row.id);
  const { jobs } = workflowAt(context, scope);
  if (jobs.length === 0) return endJob(change, row, { type: 'skipped', at }, 'the workflow that it calls has no jobs');
  const call = { id: row.id, key: row.key, names: scope.names };
  const former = context.row.attempt === 1 ? new Set<string>() : await reopenFormer(change, call, jobs);
  await insertDefinitions(session, parts, { run, rank: row.rank, jobs, call, former });
  await dequeue(session, row.id, NO_LANE); // its jobs are what waits
}

/** Jobs of the call that a former attempt had; returns the ids of their definitions. */
async function reopenFormer(
  change: RunChange,
  call: { readonly id: number; readonly key: string; readonly names: readonly string[] },
  jobs: readonly JobDefinition[],
): Promise<ReadonlySet<string>> {
  const former = new Set<string>();
  for (const job of jobs) {
    const rows = await everyJobOf(change, { parent: call.id, definition: job.id });
    if (rows.length === 0) continue;
    former.add(job.id);
    await becomeDefinitionAgain(change, rows, { ...job, key: keyOf(job, call.key), name: nameOf(job, call.names) });
  }
  return former;
}

/** The jobs of a call are over, and it with them. */
export async function concludeCall(
  change: RunChange,
  context: RunContext,
  rows: readonly RunJobRow[],
  row: RunJobRow,
  conclusion: Conclusion,
): Promise<void> {
  const outputs = await outputsOf(change, context, row);
  const child = rows.find(({ parent, ...its }) => parent === row.id && its.conclusion === conclusion && its.reason);
  const verdict =
    'error' in outputs
      ? { conclusion: 'error' as const, reason: outputs.error }
      : { conclusion, reason: child?.reason ?? null };
  if ('outputs' in outputs) await saveOutputs(change.session, row.id, outputs.outputs);
  const event = { type: 'concluded', conclusion: verdict.conclusion, at: change.at } as const;
  await endJob(change, row, event, verdict.reason);
}

async function outputsOf({ session, parts, run }: RunChange, context: RunContext, row: RunJobRow) {
  const scope = await scopeOf(session, parts, context, row.id);
  const called = workflowAt(context, scope);
  if (Object.keys(called.on.workflow_call?.outputs ?? {}).length === 0) return { outputs: {} };
  const jobs = await readNeeds(session, run, row.id);
  const vars = await parts.varsOf(session, context.row.repository);
  try {
    return (
      parts.expander?.callOutputs(called, { run: context.facts, vars, scope, jobs }) ?? {
        error: 'this program was opened without what reads workflow files',
      }
    );
  } catch (error) {
    return { error: `the outputs of the call could not be evaluated: ${messageOf(error)}` };
  }
}
