import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const ofGroup = statement((db: Kysely<Tables>, p: { repository: number; name: string }) =>
  db
    .selectFrom('concurrency_turns')
    .select(['turn', 'place', 'run', 'job'])
    .where('repository', '=', p.repository)
    .where('name', '=', p.name)
    .orderBy('place'),
);
const insert = statement((db: Kysely<Tables>, p: Tables['concurrency_turns']) =>
  db
    .insertInto('concurrency_turns')
    .values({ repository: p.repository, name: p.name, turn: p.turn, place: p.place, run: p.run, job: p.job }),
);
const remove = statement((db: Kysely<Tables>, p: { run: number; job: number }) =>
  db.deleteFrom('concurrency_turns').where('run', '=', p.run).where('job', '=', p.job).returningAll(),
);
const promote = statement((db: Kysely<Tables>, p: { repository: number; name: string; place: number }) =>
  db
    .updateTable('concurrency_turns')
    .set({ turn: 'held' })
    .where('repository', '=', p.repository)
    .where('name', '=', p.name)
    .where('place', '=', p.place)
    .returning(['run', 'job']),
);

const pendingOf = statement((db: Kysely<Tables>, p: { run: number }) =>
  db.selectFrom('concurrency_turns').select(['name', 'job']).where('run', '=', p.run).where('turn', '=', 'pending'),
);

/** Who has a turn, or asks for one: a job, or (`job` 0) a whole run. */
export interface TurnOwner {
  readonly run: number;
  readonly job: number;
}

/** What came of asking for a turn. */
export interface Asked {
  /** `full`: the line is too long, and who asked is not in it. */
  readonly turn: 'held' | 'pending' | 'full';
  /** Who has it, where it is not who asked. */
  readonly holder?: TurnOwner;
  /** Who waited until now. */
  readonly superseded: readonly TurnOwner[];
}

/** How many may wait for one group, as on GitHub. */
export const LINE_LIMIT = 100;

/** A concurrency group of a repository. */
export interface Group {
  readonly repository: number;
  readonly name: string;
}

/** Names of groups are compared without case, as on GitHub. */
function keyOf({ repository, name }: Group): Group {
  return { repository, name: name.toLowerCase() };
}

/** Who has a group, and who waits for it, in the order in which they asked. */
export async function turnsOf(session: Session<Tables>, group: Group) {
  const rows = await session.all(ofGroup, keyOf(group));
  return { holder: rows.find(({ turn }) => turn === 'held'), line: rows.filter(({ turn }) => turn === 'pending') };
}

/**
 * Asks for a turn. One has it; whoever asks later takes the place of those that wait, or stands in line behind them.
 * What waited and was superseded has left the line.
 */
export async function askForTurn(
  session: Session<Tables>,
  group: Group,
  owner: TurnOwner,
  waitsInLine = false,
): Promise<Asked> {
  const { holder, line } = await turnsOf(session, group);
  if (holder !== undefined && waitsInLine && line.length >= LINE_LIMIT) return { turn: 'full', superseded: [] };
  const superseded = holder === undefined || waitsInLine ? [] : line;
  for (const { run, job } of superseded) await session.run(remove, { run, job });
  const turn = holder === undefined ? 'held' : 'pending';
  const place = Math.max(holder?.place ?? 0, ...line.map((other) => other.place)) + 1;
  await session.run(insert, { ...keyOf(group), turn, place, ...owner });
  return { turn, superseded, ...(holder === undefined ? {} : { holder }) };
}

/** Gives a turn back, or leaves the line. @returns whose turn it is now, if that changed. */
export async function giveTurnBack(session: Session<Tables>, owner: TurnOwner): Promise<TurnOwner | undefined> {
  const given = await session.one(remove, { run: owner.run, job: owner.job });
  if (given?.turn !== 'held') return undefined;
  const { repository, name } = given;
  const [next] = (await turnsOf(session, { repository, name })).line;
  return next && session.one(promote, { repository, name, place: next.place });
}

/** The groups for whose turn a run, or jobs of it, wait. */
export async function pendingTurnsOf(session: Session<Tables>, run: number) {
  return session.all(pendingOf, { run });
}
