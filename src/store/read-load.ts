import type { Kysely } from 'kysely';
import type { Trigger } from '../model/push.ts';
import { NO_LANE } from './lanes.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Jobs that wait and ask for the same labels. */
export interface QueueLoad {
  /** Null: they wait for other jobs of their runs, whatever they will ask for. */
  readonly labels: readonly string[] | null;
  readonly jobs: number;
  /** Since when the one with the lowest id waits; null where it is not in the queue of runners yet. */
  readonly oldestAt: Date | null;
}

/** When a run came and began. */
export interface RunTimes {
  readonly trigger: Trigger;
  readonly attempt: number;
  readonly committedAt: Date;
  readonly receivedAt: Date;
  readonly startedAt: Date | null;
}

/** One scan of an index that holds nothing but the jobs that wait. */
const perLane = statement((db: Kysely<Tables>, _: object) =>
  db
    .selectFrom('queue')
    .select(['lane', (row) => row.fn.countAll<number>().as('jobs'), (row) => row.fn.min('job').as('oldest')])
    .groupBy('lane'),
);
const labelsOf = statement((db: Kysely<Tables>, p: { lane: number }) =>
  db
    .selectFrom('lanes')
    .innerJoin('label_sets', 'label_sets.id', 'lanes.label_set')
    .select('label_sets.labels')
    .where('lanes.id', '=', p.lane),
);
const queuedAt = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('jobs').select('queued_at').where('id', '=', p.job),
);
const times = statement((db: Kysely<Tables>, p: { run: number }) =>
  db
    .selectFrom('runs')
    .select(['trigger', 'attempt', 'committed_at', 'received_at', 'started_at'])
    .where('id', '=', p.run),
);

/** How many jobs wait, by the labels that they ask for. */
export async function queueLoad(session: Session<Tables>): Promise<readonly QueueLoad[]> {
  const loads = new Map<string | null, { jobs: number; oldestAt: Date | null }>();
  for (const { lane, jobs, oldest } of await session.all(perLane, {})) {
    const labels = lane === NO_LANE ? null : ((await session.one(labelsOf, { lane }))?.labels ?? '[]');
    const at = (await session.one(queuedAt, { job: oldest }))?.queued_at ?? null;
    const load = loads.get(labels) ?? { jobs: 0, oldestAt: null };
    const isOlder = at !== null && (load.oldestAt === null || at < +load.oldestAt);
    loads.set(labels, { jobs: load.jobs + jobs, oldestAt: isOlder ? new Date(at) : load.oldestAt });
  }
  return [...loads].map(([labels, load]) => ({ ...load, labels: labels === null ? null : JSON.parse(labels) }));
}

/** When a run came and began. */
export async function runTimes(session: Session<Tables>, run: number): Promise<RunTimes | undefined> {
  const row = await session.one(times, { run });
  if (row === undefined) return undefined;
  const { trigger, attempt, committed_at, received_at, started_at } = row;
  return {
    ...{ trigger, attempt, committedAt: new Date(committed_at), receivedAt: new Date(received_at) },
    startedAt: started_at === null ? null : new Date(started_at),
  };
}
