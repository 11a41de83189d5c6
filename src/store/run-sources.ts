import type { Kysely } from 'kysely';
import type { Trigger } from '../model/push.ts';
import { dequeue, enqueue } from './lanes.ts';
import type { StoreParts } from './parts.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const setSources = statement((db: Kysely<Tables>, p: { id: number; sources: string }) =>
  db.updateTable('runs').set({ sources: p.sources }).where('id', '=', p.id),
);
const placesOfRun = statement((db: Kysely<Tables>, p: { run: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('queue', 'queue.job', 'jobs.id')
    .select(['queue.job', 'queue.lane', 'queue.rank'])
    .where('jobs.run', '=', p.run),
);
const setRank = statement((db: Kysely<Tables>, p: { id: number; rank: number }) =>
  db.updateTable('jobs').set({ rank: p.rank }).where('id', '=', p.id),
);

const setPriority = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.updateTable('runs').set({ priority: 0, purpose: null }).where('id', '=', p.id),
);
const lanesOfRun = statement((db: Kysely<Tables>, p: { run: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('lanes', 'lanes.id', 'jobs.lane')
    .innerJoin('label_sets', 'label_sets.id', 'lanes.label_set')
    .leftJoin('queue', 'queue.job', 'jobs.id')
    .select(['jobs.id', 'jobs.lane', 'jobs.rank', 'label_sets.labels', 'queue.lane as queued'])
    .where('jobs.run', '=', p.run)
    .where('lanes.priority', '<', 0),
);
const setLane = statement((db: Kysely<Tables>, p: { id: number; lane: number }) =>
  db.updateTable('jobs').set({ lane: p.lane }).where('id', '=', p.id),
);

/** Another source told of a run that is there. */
export async function joinSources(
  session: Session<Tables>,
  parts: StoreParts,
  run: { readonly id: number; readonly number: number; readonly sources: string },
  trigger: Trigger,
  { repositoryName, at }: { readonly repositoryName: string; readonly at: Date },
): Promise<void> {
  const sources: Trigger[] = JSON.parse(run.sources);
  if (sources.includes(trigger)) return;
  await session.run(setSources, { id: run.id, sources: JSON.stringify([...sources, trigger]) });
  const data = { number: run.number, source: trigger, sources: [...sources, trigger] };
  await parts.events.write(session, { at, type: 'run.sourced', repository: repositoryName, run: run.id, data });
}

/** A commit in between became the tip of a ref: its jobs come before those of commits in between. */
export async function promoteTip(session: Session<Tables>, run: number): Promise<void> {
  for (const { job, lane, rank } of await session.all(placesOfRun, { run })) {
    if (rank === 0) continue;
    await session.run(setRank, { id: job, rank: 0 });
    await dequeue(session, job, lane);
    await enqueue(session, { job, lane, rank: 0 });
  }
}

/** What was to be executed when there is nothing else to do is wanted now: its jobs take their place among all others. */
export async function raisePriority(
  session: Session<Tables>,
  parts: StoreParts,
  run: { readonly id: number; readonly repository: number },
): Promise<void> {
  await session.run(setPriority, { id: run.id });
  for (const { id, lane: former, rank, labels, queued } of await session.all(lanesOfRun, { run: run.id })) {
    const lane = await parts.lanes.idOf(session, run.repository, JSON.parse(labels), 0);
    await session.run(setLane, { id, lane });
    if (queued !== former) continue;
    await dequeue(session, id, former);
    await enqueue(session, { job: id, lane, rank });
  }
}
