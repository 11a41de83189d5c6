import type { Kysely } from 'kysely';
import type { Turn } from '../model/job-facts.ts';
import { cancelJobs, cancelWithChildren } from './cancel-jobs.ts';
import type { RunJobRow } from './job-rows.ts';
import { cancelJob, type RunChange } from './run-change.ts';
import type { RunContext } from './run-context.ts';
import { findRun } from './run-rows.ts';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { findDeadlock } from './turn-deadlock.ts';
import { cancelsHolder, type TurnRule, waitsInLine } from './turn-rule.ts';
import { type Asked, askForTurn, type Group, giveTurnBack, LINE_LIMIT, type TurnOwner } from './turns-table.ts';

const setTurnOfJob = statement((db: Kysely<Tables>, p: { id: number; turn: Turn | null }) =>
  db.updateTable('jobs').set({ turn: p.turn }).where('id', '=', p.id),
);
const setTurnOfRun = statement((db: Kysely<Tables>, p: { id: number; turn: Turn | null }) =>
  db.updateTable('runs').set({ turn: p.turn }).where('id', '=', p.id),
);
const groupOfJob = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('legs').select(['concurrency', 'cancels_in_progress']).where('job', '=', p.id),
);

/** A run asks for its turn before anything of it begins. */
export async function takeTurnOfRun(
  change: RunChange,
  run: { readonly id: number; readonly number: number },
  group: Group,
  rule: TurnRule,
): Promise<void> {
  const asked = await askForTurn(change.session, group, { run: run.id, job: 0 }, waitsInLine(rule));
  const turn = asked.turn === 'full' ? 'pending' : asked.turn;
  await change.session.run(setTurnOfRun, { id: run.id, turn });
  if (asked.turn === 'full') return cancelOwner(change, { run: run.id, job: 0 }, isFull(group));
  await supersede(change, asked, rule, () => `superseded by run ${run.number}`);
}

/** A job asks for its turn before it is given to a runner; a call, before its workflow begins. */
export async function takeTurnOfJob(
  change: RunChange,
  { row: run }: RunContext,
  rows: readonly RunJobRow[],
  row: RunJobRow,
): Promise<void> {
  const { session } = change;
  const leg = await session.one(groupOfJob, { id: row.id });
  const group = { repository: run.repository, name: leg?.concurrency ?? '' };
  const deadlock = await findDeadlock(session, group, run.id, row, rows);
  if (deadlock !== undefined) return cancelJob(change, row, deadlock);
  const rule = leg?.cancels_in_progress ?? 0;
  const asked = await askForTurn(session, group, { run: run.id, job: row.id }, waitsInLine(rule));
  if (asked.turn === 'full') return cancelJob(change, row, isFull(group));
  await session.run(setTurnOfJob, { id: row.id, turn: asked.turn });
  await supersede(change, asked, rule, (other) =>
    other.run === run.id ? `superseded by ${row.name}` : `superseded by run ${run.number}`,
  );
}

/** A job that is tried again asks for its turn again, if it is in a group. */
export async function wantTurnAgain({ session }: RunChange, row: RunJobRow): Promise<void> {
  const leg = await session.one(groupOfJob, { id: row.id });
  if (leg != null && leg.concurrency !== null) await session.run(setTurnOfJob, { id: row.id, turn: 'wanted' });
}

async function supersede(
  change: RunChange,
  { holder, superseded }: Asked,
  rule: TurnRule,
  why: (other: TurnOwner) => string,
): Promise<void> {
  for (const owner of superseded) await cancelOwner(change, owner, why(owner));
  if (holder !== undefined && cancelsHolder(rule)) await cancelOwner(change, holder, why(holder));
}

function isFull({ name }: Group): string {
  return `${LINE_LIMIT} wait for their turn in the concurrency group ${name} already`;
}

/** Cancels another run, or a job of one; it is advanced afterwards. */
async function cancelOwner(change: RunChange, owner: TurnOwner, why: string): Promise<void> {
  const other = { ...change, run: owner.run };
  change.shared.more.add(owner.run);
  if (owner.job !== 0) return cancelWithChildren(other, owner.job, why);
  const run = await findRun(change.session, owner.run);
  if (run !== undefined && run.cancel_reason === null) await cancelJobs(other, run, why, false);
}

/** Jobs that are over give their turns back. */
export async function giveTurnsBack(change: RunChange, rows: readonly RunJobRow[]): Promise<void> {
  for (const row of rows) {
    if (row.state !== 'completed' || row.turn === null) continue;
    await change.session.run(setTurnOfJob, { id: row.id, turn: null });
    if (row.turn !== 'wanted') await giveBack(change, { run: change.run, job: row.id });
  }
}

/** A run that is over gives its turn back. */
export async function giveTurnOfRunBack(change: RunChange): Promise<void> {
  await change.session.run(setTurnOfRun, { id: change.run, turn: null });
  await giveBack(change, { run: change.run, job: 0 });
}

async function giveBack({ session, shared }: RunChange, owner: TurnOwner): Promise<void> {
  const next = await giveTurnBack(session, owner);
  if (next === undefined) return;
  if (next.job === 0) await session.run(setTurnOfRun, { id: next.run, turn: 'held' });
  else await session.run(setTurnOfJob, { id: next.job, turn: 'held' });
  shared.more.add(next.run);
}
