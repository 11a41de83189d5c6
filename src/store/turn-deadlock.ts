import type { Kysely } from 'kysely';
import type { RunJobRow } from './job-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { type Group, pendingTurnsOf, type TurnOwner, turnsOf } from './turns-table.ts';

const parentOf = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('jobs').select('parent').where('id', '=', p.job),
);
const numberOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('runs').select('number').where('id', '=', p.run),
);

/**
 * Would a job that asks for a turn in this group wait for ever, in words? It does if who has the group ends only after it: its
 * run, a call that it is part of, or somebody who waits, over however many groups, for one of these.
 */
export async function findDeadlock(
  session: Session<Tables>,
  group: Group,
  run: number,
  row: RunJobRow,
  rows: readonly RunJobRow[],
): Promise<string | undefined> {
  const around = new Set([0, ...callersOf(row, rows)]);
  const names = [group.name];
  for (const name of names) {
    const { holder } = await turnsOf(session, { ...group, name });
    if (holder === undefined) continue;
    if (holder.run === run && around.has(holder.job)) return words(session, group.name, name, holder);
    for (const pending of await pendingTurnsOf(session, holder.run))
      if (!names.includes(pending.name) && (await isInside(session, pending.job, holder))) names.push(pending.name);
  }
  return undefined;
}

/** Ids of the calls that a job is part of. */
function callersOf(row: RunJobRow, rows: readonly RunJobRow[]): number[] {
  const caller = rows.find(({ id }) => id === row.parent);
  return caller === undefined ? [] : [caller.id, ...callersOf(caller, rows)];
}

/** Is a job part of the run, or of the call, that has a turn? */
async function isInside(session: Session<Tables>, job: number, holder: TurnOwner): Promise<boolean> {
  if (holder.job === 0 || job === holder.job) return true;
  const parent = (await session.one(parentOf, { job }))?.parent ?? 0;
  return parent !== 0 && isInside(session, parent, holder);
}

async function words(session: Session<Tables>, wanted: string, last: string, holder: TurnOwner): Promise<string> {
  const whose = holder.job === 0 ? 'its run' : 'the call that it is part of';
  const has = `${whose} has the concurrency group ${last}`;
  if (last === wanted) return `a deadlock: ${has} that it asks for`;
  const run = await session.one(numberOf, { run: holder.run });
  return `a deadlock: it asks for the concurrency group ${wanted}, and who has that waits for ${last}, which run ${run?.number ?? ''} has`;
}
