import type { Kysely, OnConflictBuilder } from 'kysely';
import type { Expansion, PlannedCall, PlannedLeg } from '../model/expansion.ts';
import { everyJobOf, leaveOut, waitAgain } from './former-jobs.ts';
import { freeKey, insertUnderFreeKey } from './insert-definitions.ts';
import { type GraphJob, NO_SPEC } from './insert-job.ts';
import { NO_LEASE, type RunJobRow } from './job-rows.ts';
import { enqueue, NO_LANE } from './lanes.ts';
import { endJob, queueJob, type RunChange, tellQueued } from './run-change.ts';
import type { RunContext } from './run-context.ts';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { ruleOf } from './turn-rule.ts';

const becomeLeg = statement((db: Kysely<Tables>, p: Omit<GraphJob, 'run' | 'queued_at' | 'state'> & { id: number }) =>
  db
    .updateTable('jobs')
    .set({
      ...{ key: p.key, name: p.name, spec: p.spec, lane: p.lane, kind: p.kind, position: p.position },
      ...{ is_expanded: 1, continue_on_error: p.continue_on_error, fail_fast: p.fail_fast },
      ...{ max_parallel: p.max_parallel, turn: p.turn },
    })
    .where('id', '=', p.id),
);
const saveLeg = statement((db: Kysely<Tables>, p: Tables['legs']) => {
  const { job, ...rest } = {
    ...{ job: p.job, key: p.key, matrix: p.matrix, strategy: p.strategy, environment: p.environment },
    ...{ concurrency: p.concurrency, cancels_in_progress: p.cancels_in_progress, scope: p.scope },
  };
  const conflict = (on: OnConflictBuilder<Tables, 'legs'>) => on.column('job').doUpdateSet(rest);
  return db
    .insertInto('legs')
    .values({ job, ...rest })
    .onConflict(conflict);
});

type Planned = PlannedLeg | PlannedCall;
type Legs = Extract<Expansion, { kind: 'jobs' }>;

/** A definition becomes jobs: its row the first of them, the others new rows. */
export async function writeLegs(
  change: RunChange,
  context: RunContext,
  rows: readonly RunJobRow[],
  row: RunJobRow,
  { legs, failFast, maxParallel }: Legs,
): Promise<void> {
  const caller = rows.find(({ id }) => id === row.parent);
  const places = await placesOf(change, context, row, legs);
  for (const [index, leg] of legs.entries()) {
    const job = {
      ...(await columnsOf(change, context, leg)),
      ...{ run: change.run, key: caller === undefined ? leg.key : `${caller.key}/${leg.key}`, needs: row.needs },
      ...{ rank: row.rank, definition: row.definition, parent: row.parent, position: row.position + index },
      ...{ is_expanded: 1, fail_fast: failFast && legs.length > 1 ? 1 : 0, max_parallel: maxParallel },
    };
    const end = await endOf(change, leg);
    const isFree = leg.kind === 'job' && maxParallel === null && leg.concurrency === undefined && end === undefined;
    const place = places[index];
    const written = place === undefined ? await insert(change, row, job, isFree) : await become(change, place, job);
    await change.session.run(saveLeg, await legColumns(change, written.id, leg));
    if (end !== undefined) await endJob(change, written, { ...end.event, at: change.at }, end.reason);
    else if (isFree && place === undefined) await tellQueued(change, written);
    else if (isFree) await queueJob(change, written);
  }
}

/** The rows that legs take: that of the definition, and, in a later attempt, those that they were before. */
async function placesOf(
  change: RunChange,
  { row: run }: RunContext,
  row: RunJobRow,
  legs: readonly Planned[],
): Promise<readonly (RunJobRow | undefined)[]> {
  if (run.attempt === 1 || row.definition === null) return [row];
  const former = await everyJobOf(change, { parent: row.parent, definition: row.definition });
  const taken: (RunJobRow | undefined)[] = [];
  for (const leg of legs) {
    const place = former.find(({ legKey }) => legKey === leg.key);
    taken.push(place === undefined || place.id === row.id ? place && row : await waitAgain(change, place));
  }
  if (taken.includes(row)) return taken;
  const free = taken.indexOf(undefined);
  if (free < 0) await leaveOut(change, row);
  return free < 0 ? taken : taken.with(free, row);
}

type LegJob = Omit<GraphJob, 'state' | 'queued_at'>;

async function columnsOf(change: RunChange, { row }: RunContext, leg: Planned) {
  const { lanes, specs } = change.parts;
  const isJob = leg.kind === 'job';
  return {
    ...{ name: leg.name, kind: leg.kind, turn: leg.concurrency === undefined ? null : ('wanted' as const) },
    lane: isJob ? await lanes.idOf(change.session, row.repository, leg.labels, row.priority) : NO_LANE,
    spec: await specs.idOf(change.session, isJob ? leg.spec : NO_SPEC),
    continue_on_error: isJob && leg.continueOnError ? 1 : 0,
  };
}

async function legColumns({ session, parts }: RunChange, job: number, leg: Planned) {
  const { key, matrix, strategy, concurrency } = leg;
  return {
    ...{ job, key, matrix: JSON.stringify(matrix), strategy: JSON.stringify(strategy) },
    environment: leg.kind === 'job' ? (leg.environment ?? null) : null,
    concurrency: concurrency?.group ?? null,
    cancels_in_progress: ruleOf(concurrency),
    scope: leg.kind === 'call' ? await parts.documents.idOf(session, leg.scope) : null,
  };
}

/** Why a leg ends before it begins. */
async function endOf({ session, parts }: RunChange, leg: Planned) {
  if (leg.kind === 'call') return undefined;
  if (leg.skip !== undefined) return { event: { type: 'skipped' as const }, reason: leg.skip };
  const reason = await parts.knownLabels.whyNone(session, leg.labels);
  if (reason === undefined) return undefined;
  return { event: { type: 'concluded' as const, conclusion: 'error' as const }, reason };
}

async function become({ session }: RunChange, row: RunJobRow, job: LegJob): Promise<RunJobRow> {
  const key = await freeKey(session, job.run, job.key, row.id);
  await session.run(becomeLeg, { ...job, key, id: row.id });
  return { ...row, ...job, key };
}

async function insert({ session, at }: RunChange, row: RunJobRow, job: LegJob, isFree: boolean): Promise<RunJobRow> {
  const state = isFree ? 'queued' : 'waiting';
  const written = { ...job, state, queued_at: isFree ? +at : null } as const;
  const id = await insertUnderFreeKey(session, job.key, written);
  await enqueue(session, { job: id, lane: isFree ? job.lane : NO_LANE, rank: job.rank });
  const nothing = { conclusion: null, reason: null, runner: null, started_at: null, completed_at: null };
  return { ...row, ...written, ...nothing, ...NO_LEASE, id, execution: 0, lost: 0 };
}
