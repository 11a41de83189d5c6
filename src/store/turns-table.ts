import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const ofGroup = statement((db: Kysely<Tables>, p: { repository: number; name: string }) =>
  db
    .selectFrom('concurrency_turns')
    .select(['turn', 'run', 'job'])
    .where('repository', '=', p.repository)
    .where('name', '=', p.name),
);
const insert = statement((db: Kysely<Tables>, p: Tables['concurrency_turns']) =>
  db
    .insertInto('concurrency_turns')
    .values({ repository: p.repository, name: p.name, turn: p.turn, run: p.run, job: p.job }),
);
const remove = statement((db: Kysely<Tables>, p: { run: number; job: number }) =>
  db.deleteFrom('concurrency_turns').where('run', '=', p.run).where('job', '=', p.job).returningAll(),
);
const promote = statement((db: Kysely<Tables>, p: { repository: number; name: string }) =>
  db
    .updateTable('concurrency_turns')
    .set({ turn: 'held' })
    .where('repository', '=', p.repository)
    .where('name', '=', p.name)
    .where('turn', '=', 'pending')
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
  readonly turn: 'held' | 'pending';
  /** Who has it, where it is not who asked. */
  readonly holder?: TurnOwner;
  /** Who was next until now. */
  readonly superseded?: TurnOwner;
}

/** A concurrency group of a repository. */
export interface Group {
  readonly repository: number;
  readonly name: string;
}

/** Names of groups are compared without case, as on GitHub. */
function keyOf({ repository, name }: Group): Group {
  return { repository, name: name.toLowerCase() };
}

/** Who has a group, and who is next. */
export async function turnsOf(session: Session<Tables>, group: Group) {
  const rows = await session.all(ofGroup, keyOf(group));
  const of = (turn: 'held' | 'pending') => rows.find((row) => row.turn === turn);
  return { holder: of('held'), next: of('pending') };
}

/** Asks for a turn. One has it, one is next; whoever asks later takes the place of the one that was next. */
export async function askForTurn(session: Session<Tables>, group: Group, owner: TurnOwner): Promise<Asked> {
  const { holder, next } = await turnsOf(session, group);
  const turn = holder === undefined ? 'held' : 'pending';
  if (holder !== undefined && next !== undefined) await session.run(remove, { run: next.run, job: next.job });
  await session.run(insert, { ...keyOf(group), turn, run: owner.run, job: owner.job });
  if (holder === undefined) return { turn };
  return next === undefined ? { turn, holder } : { turn, holder, superseded: next };
}

/** Gives a turn back, or leaves the line. @returns whose turn it is now, if that changed. */
export async function giveTurnBack(session: Session<Tables>, owner: TurnOwner): Promise<TurnOwner | undefined> {
  const given = await session.one(remove, { run: owner.run, job: owner.job });
  return given?.turn === 'held' ? session.one(promote, { repository: given.repository, name: given.name }) : undefined;
}

/** The groups for whose turn a run, or jobs of it, wait. */
export async function pendingTurnsOf(session: Session<Tables>, run: number) {
  return session.all(pendingOf, { run });
}
