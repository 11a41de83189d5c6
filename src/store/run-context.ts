import type { Kysely } from 'kysely';
import type { JobScope, RunFacts } from '../model/expansion.ts';
import type { Json, WorkflowDefinition } from '../model/workflow.ts';
import type { StoreParts } from './parts.ts';
import { findRun, type RunRow } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const scopeOfCall = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('legs').select('scope').where('job', '=', p.job),
);

/** A run of a workflow file with what its jobs are made of. */
export interface RunContext {
  readonly row: RunRow;
  readonly definition: WorkflowDefinition;
  readonly facts: RunFacts;
}

type Values = { readonly [name: string]: Json };

/** Undefined for a run of found tests. */
export async function contextOf(
  session: Session<Tables>,
  parts: StoreParts,
  run: number,
): Promise<RunContext | undefined> {
  const row = await findRun(session, run);
  if (row === undefined || row.definition === null) return undefined;
  const definition = (await parts.documents.read(session, row.definition)) as WorkflowDefinition;
  return { row, definition, facts: await factsOf(session, parts, row) };
}

async function factsOf(session: Session<Tables>, parts: StoreParts, row: RunRow): Promise<RunFacts> {
  const { id, number, attempt, workflow, event, ref, sha } = row;
  const read = async (document: number | null) =>
    document === null ? {} : ((await parts.documents.read(session, document)) as Values);
  return {
    ...{ id, number, attempt, workflow, event, ref, sha },
    repository: row.repository_name,
    repositoryId: row.repository,
    path: row.path ?? '',
    actor: row.actor ?? row.author,
    payload: await read(row.payload),
    inputs: await read(row.inputs),
    serverUrl: parts.serverUrl?.() ?? '',
    ...(row.purpose === null ? {} : { purpose: row.purpose }),
  };
}

/** Where the jobs of a call stand; `parent` 0: at the top. */
export async function scopeOf(
  session: Session<Tables>,
  parts: StoreParts,
  { facts }: RunContext,
  parent: number,
): Promise<JobScope> {
  if (parent === 0) return { calls: [], names: [], inputs: facts.inputs, secrets: [] };
  const scope = (await session.one(scopeOfCall, { job: parent }))?.scope;
  if (scope == null) throw new Error(`the call ${parent} has no scope`);
  return (await parts.documents.read(session, scope)) as JobScope;
}

/** The workflow that a scope leads to. */
export function workflowAt({ definition }: RunContext, { calls }: JobScope): WorkflowDefinition {
  return calls.reduce((workflow, uses) => {
    const called = workflow.calls[uses];
    if (called === undefined) throw new Error(`the workflow ${workflow.path} does not hold what it calls, ${uses}`);
    return called;
  }, definition);
}
