import type { Expansion, JobScope } from '../model/expansion.ts';
import { ancestorsOf } from '../model/needs.ts';
import type { JobDefinition, WorkflowDefinition } from '../model/workflow.ts';
import { messageOf } from '../support/ci-error.ts';
import type { RunJobRow } from './job-rows.ts';
import type { StoreParts } from './parts.ts';
import { needsAmong, readNeeds } from './read-needs.ts';
import { endJob, type RunChange } from './run-change.ts';
import { type RunContext, scopeOf, workflowAt } from './run-context.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';
import { writeLegs } from './write-legs.ts';

/** Where a definition stands, and what it says. */
export interface Defined {
  readonly scope: JobScope;
  readonly workflow: WorkflowDefinition;
  readonly job: JobDefinition;
}

/** The definition that a row of a workflow's job was made of. */
export async function definedBy(
  session: Session<Tables>,
  parts: StoreParts,
  context: RunContext,
  row: Pick<RunJobRow, 'definition' | 'parent'>,
): Promise<Defined> {
  const scope = await scopeOf(session, parts, context, row.parent);
  const workflow = workflowAt(context, scope);
  const job = workflow.jobs.find(({ id }) => id === row.definition);
  if (job === undefined) throw new Error(`the workflow ${workflow.path} has no job ${row.definition}`);
  return { scope, workflow, job };
}

/** Asks the expander what becomes of a definition, now that everything that it needs is over. Changes nothing. */
export async function askExpander(
  session: Session<Tables>,
  parts: StoreParts,
  context: RunContext,
  row: Pick<RunJobRow, 'definition' | 'parent'>,
  isCancelled: boolean,
): Promise<Expansion> {
  const { expander } = parts;
  if (expander === undefined)
    return { kind: 'error', reason: 'this program was opened without what reads workflow files' };
  const { scope, workflow, job } = await definedBy(session, parts, context, row);
  const needs = job.needs.length === 0 ? {} : await readNeeds(session, context.row.id, row.parent);
  const vars = await parts.varsOf(session, context.row.repository);
  const ancestors = Object.values(needsAmong(needs, ancestorsOf(workflow, job))).map(({ result }) => result);
  try {
    return expander.expand({
      ...{ definition: context.definition, job, scope, run: context.facts, vars, ancestors, isCancelled },
      needs: needsAmong(needs, job.needs),
    });
  } catch (error) {
    // whatever is wrong with one job, its run must come to an end
    return { kind: 'error', reason: `the job could not be expanded: ${messageOf(error)}` };
  }
}

/** Everything that a definition needs is over: it becomes jobs, or ends. */
export async function expandDefinition(
  change: RunChange,
  context: RunContext,
  rows: readonly RunJobRow[],
  row: RunJobRow,
): Promise<void> {
  const { session, parts, at } = change;
  const why = context.row.cancel_reason;
  const expansion = await askExpander(session, parts, context, row, why !== null);
  if (expansion.kind === 'jobs') await writeLegs(change, context, rows, row, expansion);
  else if (expansion.kind === 'error')
    await endJob(change, row, { type: 'concluded', conclusion: 'error', at }, expansion.reason);
  else if (why === null) await endJob(change, row, { type: 'skipped', at }, expansion.reason);
  else await endJob(change, row, { type: 'cancelled', why, at }, why);
}
