import type { Kysely } from 'kysely';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const all = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('drained_runners').select('name').orderBy('name'),
);
const insert = statement((db: Kysely<Tables>, p: { name: string; at: number }) =>
  db
    .insertInto('drained_runners')
    .values({ name: p.name, at: p.at })
    .onConflict((conflict) => conflict.doNothing()),
);
const remove = statement((db: Kysely<Tables>, p: { name: string }) =>
  db.deleteFrom('drained_runners').where('name', '=', p.name),
);

/** The names of the runners that are drained. */
export async function drainedRunners(session: Session<Tables>): Promise<readonly string[]> {
  return (await session.all(all, {})).map(({ name }) => name);
}

/** A runner is drained, or not any more. Saying it twice is harmless. */
export async function setDrained(session: Session<Tables>, name: string, at: Date | undefined): Promise<void> {
  if (at === undefined) await session.run(remove, { name });
  else await session.run(insert, { name, at: +at });
}
