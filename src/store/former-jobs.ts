import { type Kysely, sql } from 'kysely';
import { transition } from '../model/job.ts';
import type { JobDefinition } from '../model/workflow.ts';
import { freeKey } from './insert-definitions.ts';
import { NO_SPEC } from './insert-job.ts';
import { forgetResults } from './job-results.ts';
import { jobsOfRun, type RunJobRow, saveState, stateOf, waitReason } from './job-rows.ts';
import { dequeue, enqueue, NO_LANE } from './lanes.ts';
import type { RunChange } from './run-change.ts';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';

const legKeys = statement((db: Kysely<Tables>, p: { run: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('legs', 'legs.job', 'jobs.id')
    .select(['jobs.id', 'legs.key'])
    .where('jobs.run', '=', p.run),
);
const setFormer = statement((db: Kysely<Tables>, p: { id: number; is_former: number }) =>
  db.updateTable('jobs').set({ is_former: p.is_former }).where('id', '=', p.id),
);
const forgetRetries = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.updateTable('jobs').set({ retried: 0 }).where('id', '=', p.id),
);
type Columns = { id: number; key: string; name: string; spec: number; kind: RunJobRow['kind'] };
const becomeDefinition = statement((db: Kysely<Tables>, p: Columns) =>
  db
    .updateTable('jobs')
    .set({
      ...{ key: p.key, name: p.name, spec: p.spec, kind: p.kind, lane: NO_LANE, turn: null, max_parallel: null },
      ...{
        is_former: 0,
        is_expanded: 0,
        continue_on_error: 0,
        fail_fast: 0,
        position: sql`position - position % 1000`,
      },
    })
    .where('id', '=', p.id),
);

/** A job of this or a former attempt, with the key of the leg that it was. */
export interface FormerJob extends RunJobRow {
  readonly legKey: string | undefined;
}

/** The jobs of one definition in all attempts of a run; those of the present one too. */
export async function everyJobOf(
  { session, run }: RunChange,
  of: { readonly parent: number; readonly definition: string },
): Promise<readonly FormerJob[]> {
  const keys = new Map((await session.all(legKeys, { run })).map(({ id, key }) => [id, key]));
  const rows = await jobsOfRun(session, run, 'of all attempts');
  const own = rows.filter((row) => row.parent === of.parent && row.definition === of.definition);
  return own.map((row) => ({ ...row, legKey: keys.get(row.id) }));
}

/** A job is not part of the present attempt; nor is what it called. Its executions and logs stay. */
export async function makeFormer(change: RunChange, row: RunJobRow, rows: readonly RunJobRow[]): Promise<void> {
  await change.session.run(setFormer, { id: row.id, is_former: 1 });
  for (const child of rows.filter(({ parent }) => parent === row.id)) await makeFormer(change, child, rows);
}

/** A job that is over is tried again: it waits, as what it is. Its executions go on counting. */
export async function waitAgain(change: RunChange, row: RunJobRow): Promise<RunJobRow> {
  const { session } = change;
  const next = transition(stateOf(row), { type: 'rerun', on: [waitReason(row)] });
  if (!(await saveState(session, row, next, { lost: 0 })))
    throw new Error(`job ${row.id} was changed by somebody else`);
  await session.run(setFormer, { id: row.id, is_former: 0 });
  await forgetResults(session, row.id);
  await session.run(forgetRetries, { id: row.id });
  await enqueue(session, { job: row.id, lane: NO_LANE, rank: row.rank });
  return {
    ...row,
    state: 'waiting',
    conclusion: null,
    lost: 0,
    runner: null,
    queued_at: null,
    started_at: null,
    completed_at: null,
  };
}

/** The jobs of a definition become one waiting row again; which one it is does not matter to anybody. */
export async function becomeDefinitionAgain(
  change: RunChange,
  rows: readonly RunJobRow[],
  definition: Pick<JobDefinition, 'uses'> & { readonly key: string; readonly name: string },
): Promise<void> {
  const { name, uses } = definition;
  const row = rows.find((each) => each.key === definition.key) ?? rows[0];
  if (row === undefined) throw new Error(`there is no job ${definition.key}`);
  const key = await freeKey(change.session, change.run, definition.key, row.id);
  const spec = await change.parts.specs.idOf(change.session, NO_SPEC);
  const columns = { key, name, kind: uses === undefined ? 'job' : 'call' } as const;
  await change.session.run(becomeDefinition, { id: row.id, spec, ...columns });
  await waitAgain(change, { ...row, ...columns, is_expanded: 0, turn: null });
}

/** The row that stood for a definition is none of its legs. */
export async function leaveOut(change: RunChange, row: RunJobRow): Promise<void> {
  const next = transition(stateOf(row), { type: 'skipped', at: change.at });
  await saveState(change.session, row, next);
  await dequeue(change.session, row.id, NO_LANE);
  await change.session.run(setFormer, { id: row.id, is_former: 1 });
}
