import type { Kysely } from 'kysely';
import type { JobDefinition } from '../model/workflow.ts';
import { type GraphJob, insertGraphJob, NO_SPEC } from './insert-job.ts';
import { enqueue, NO_LANE } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Most legs of a matrix, with room: positions of the legs of one definition come before those of the next. */
const POSITIONS = 1_000;
/** Longest name of a job, in characters. */
const MAX_NAME = 200;

/** Where definitions become jobs. */
export interface Beginning {
  readonly run: number;
  readonly rank: number;
  readonly jobs: readonly JobDefinition[];
  /** The call whose workflow begins; absent: the run begins. */
  readonly call?: { readonly id: number; readonly key: string; readonly names: readonly string[] };
  /** Ids of definitions that have rows from a former attempt. */
  readonly former?: ReadonlySet<string>;
  /** They are not executed: the run took over a verdict. */
  readonly isOver?: boolean;
}

/** The jobs of a workflow file as one waiting row each, which is expanded when everything that it needs is over. */
export async function insertDefinitions(
  session: Session<Tables>,
  parts: StoreParts,
  { run, rank, jobs, call, former, isOver = false }: Beginning,
): Promise<void> {
  const spec = await parts.specs.idOf(session, NO_SPEC);
  for (const [index, job] of jobs.entries()) {
    if (former?.has(job.id)) continue;
    const id = await insertUnderFreeKey(session, keyOf(job, call?.key), {
      ...{ run, rank, spec, lane: NO_LANE, state: isOver ? 'completed' : 'waiting', queued_at: null },
      ...{ definition: job.id, needs: JSON.stringify(job.needs), parent: call?.id ?? 0 },
      ...{ name: nameOf(job, call?.names ?? []), kind: job.uses === undefined ? 'job' : 'call' },
      ...{ position: index * POSITIONS, is_expanded: 0, continue_on_error: 0, fail_fast: 0 },
      ...{ max_parallel: null, turn: null },
    });
    if (!isOver) await enqueue(session, { job: id, lane: NO_LANE, rank });
  }
}

/** Two jobs of different parents can be called the same only if somebody tries: `a/b` beside a job `b` of a call `a`. */
export async function insertUnderFreeKey(
  session: Session<Tables>,
  key: string,
  job: Omit<GraphJob, 'key'>,
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const row = await session.one(insertGraphJob, { ...job, key: attempt === 1 ? key : `${key} #${attempt}` });
    if (row !== undefined) return row.id;
  }
}

const keyTaken = statement((db: Kysely<Tables>, p: { run: number; key: string; id: number }) =>
  db.selectFrom('jobs').select('id').where('run', '=', p.run).where('key', '=', p.key).where('id', '!=', p.id),
);

/** A key that the job of this id can have. */
export async function freeKey(session: Session<Tables>, run: number, key: string, id: number): Promise<string> {
  return (await session.one(keyTaken, { run, key, id })) === undefined ? key : `${key} #${id}`;
}

/** Its key until it is expanded. */
export function keyOf({ id }: Pick<JobDefinition, 'id'>, caller: string | undefined): string {
  return caller === undefined ? id : `${caller}/${id}`;
}

/** What it is called until it is expanded. */
export function nameOf({ id, name }: JobDefinition, callers: readonly string[]): string {
  return [...callers, typeof name === 'string' ? name : id].join(' / ').slice(0, MAX_NAME);
}
