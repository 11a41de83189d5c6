import type { Kysely } from 'kysely';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Lane of jobs that wait for other jobs. */
export const NO_LANE = 0;

const findLabelSet = statement((db: Kysely<Tables>, p: { labels: string }) =>
  db.selectFrom('label_sets').select('id').where('labels', '=', p.labels),
);
const insertLabelSet = statement((db: Kysely<Tables>, p: { labels: string }) =>
  db.insertInto('label_sets').values({ labels: p.labels }).returning('id'),
);
const findLane = statement((db: Kysely<Tables>, p: { repository: number; labelSet: number; priority: number }) =>
  db
    .selectFrom('lanes')
    .select('id')
    .where('repository', '=', p.repository)
    .where('label_set', '=', p.labelSet)
    .where('priority', '=', p.priority),
);
const insertLane = statement((db: Kysely<Tables>, p: { repository: number; labelSet: number; priority: number }) =>
  db
    .insertInto('lanes')
    .values((values) => ({
      repository: p.repository,
      label_set: p.labelSet,
      priority: p.priority,
      running: values
        .selectFrom('leases')
        .select((row) => row.fn.countAll<number>().as('running'))
        .where('repository', '=', p.repository),
      head_rank: null,
      head_job: null,
    }))
    .returning('id'),
);
const insertQueued = statement((db: Kysely<Tables>, p: { job: number; lane: number; rank: number }) =>
  db.insertInto('queue').values({ job: p.job, lane: p.lane, rank: p.rank }),
);
const moveQueued = statement((db: Kysely<Tables>, p: { job: number; lane: number; rank: number }) =>
  db.updateTable('queue').set({ lane: p.lane, rank: p.rank }).where('job', '=', p.job),
);
const deleteQueued = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.deleteFrom('queue').where('job', '=', p.job),
);
const raiseHead = statement((db: Kysely<Tables>, p: { lane: number; job: number; rank: number }) =>
  db
    .updateTable('lanes')
    .set({ head_rank: p.rank, head_job: p.job })
    .where('id', '=', p.lane)
    .where((row) =>
      row.or([
        row('head_job', 'is', null),
        row('head_rank', '>', p.rank),
        row.and([row('head_rank', '=', p.rank), row('head_job', '>', p.job)]),
      ]),
    ),
);
const renewHead = statement((db: Kysely<Tables>, p: { lane: number }) =>
  db
    .updateTable('lanes')
    .set((row) => {
      const first = row.selectFrom('queue').where('lane', '=', p.lane).orderBy('rank').orderBy('job').limit(FIRST);
      return { head_rank: first.select('rank'), head_job: first.select('job') };
    })
    .where('id', '=', p.lane),
);
const addRunning = statement((db: Kysely<Tables>, p: { repository: number; by: number }) =>
  db
    .updateTable('lanes')
    .set((row) => ({ running: row('running', '+', p.by) }))
    .where('repository', '=', p.repository),
);

/** Labels in the one form in which they are stored and compared. */
export function labelText(labels: readonly string[]): string {
  return JSON.stringify([...new Set(labels)].sort());
}

/** The queue's lanes; see the table. Lanes are never deleted, so their ids are remembered. */
export class Lanes {
  readonly #ids = new Map<string, number>();

  /** The lane for jobs of a repository that ask for these labels; made where there is none. */
  async idOf(session: Session<Tables>, repository: number, labels: readonly string[], priority: number) {
    const text = labelText(labels);
    const key = `${repository} ${priority} ${text}`;
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const labelSet = await idOrNew(session, findLabelSet, insertLabelSet, { labels: text });
    const id = await idOrNew(session, findLane, insertLane, { repository, labelSet, priority });
    session.afterCommit(() => this.#ids.set(key, id)); // a rolled back lane must not be remembered
    return id;
  }
}

async function idOrNew<P extends object>(
  session: Session<Tables>,
  find: Parameters<typeof session.one<P, { id: number }>>[0],
  insert: Parameters<typeof session.one<P, { id: number }>>[0],
  values: P,
): Promise<number> {
  const row = (await session.one(find, values)) ?? (await session.one(insert, values));
  if (row === undefined) throw new Error('an insert returned no id');
  return row.id;
}

/** A place in the queue. */
export interface Place {
  readonly job: number;
  readonly lane: number;
  readonly rank: number;
}

/** Puts a job into its lane, by its rank and its age; a job that was lost comes before those made after it. */
export async function enqueue(session: Session<Tables>, place: Place): Promise<void> {
  await session.run(insertQueued, place);
  if (place.lane !== NO_LANE) await session.run(raiseHead, place);
}

/** A job that waited can be given to a runner. */
export async function enqueueWaiting(session: Session<Tables>, place: Place): Promise<void> {
  if ((await session.run(moveQueued, place)) === 0) await session.run(insertQueued, place);
  await session.run(raiseHead, place);
}

/** Takes a job out of the queue, whichever lane it is in. False if it was not there. */
export async function dequeue(session: Session<Tables>, job: number, lane: number): Promise<boolean> {
  const deleted = await session.run(deleteQueued, { job });
  if (lane !== NO_LANE) await session.run(renewHead, { lane });
  return deleted > 0;
}

/** One job more (or less) of a repository is under way. */
export async function countRunning(session: Session<Tables>, repository: number, by: 1 | -1): Promise<void> {
  await session.run(addRunning, { repository, by });
}
