import type { Kysely } from 'kysely';
import type { Forgotten } from '../model/forgotten.ts';
import { advanceAll } from './advance-run.ts';
import { isOpenCall } from './cancel-jobs.ts';
import { forgetCredential } from './credentials-in.ts';
import { jobsOfRun, type RunJobRow } from './job-rows.ts';
import type { StoreParts } from './parts.ts';
import { markRemoved } from './repositories.ts';
import { beginChange, cancelJob } from './run-change.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { forgetVault } from './vault-rows.ts';

/** Runs whose jobs are cancelled in one operation; a thousand of them keep others waiting for some 50 ms. */
const BATCH = 200;

const REASON = 'its repository was removed';

/** Runs of removed repositories that have jobs in the queue. */
const orphans = statement((db: Kysely<Tables>, p: { limit: number }) =>
  db
    .selectFrom('queue')
    .innerJoin('jobs', 'jobs.id', 'queue.job')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .select(['runs.id as run', 'repositories.name as repository_name'])
    .distinct()
    .where('repositories.removed_at', 'is not', null)
    .limit(p.limit),
);

/** Lanes of removed repositories with jobs in them; few rows, however many jobs wait. */
const orphanedLanes = statement((db: Kysely<Tables>, _: object) =>
  db
    .selectFrom('lanes')
    .innerJoin('repositories', 'repositories.id', 'lanes.repository')
    .select('lanes.id')
    .where('repositories.removed_at', 'is not', null)
    .where('lanes.head_job', 'is not', null)
    .limit(FIRST),
);

/** Was the program killed while it cancelled what waited for a removed repository? */
export async function hasOrphans(session: Session<Tables>): Promise<boolean> {
  return (await session.one(orphanedLanes, {})) !== undefined;
}

/**
 * Marks it as removed, and forgets its secrets. Undefined if there is none. Its waiting jobs are cancelled by
 * {@link cancelOrphans}.
 */
export async function removeRepository(
  session: Session<Tables>,
  parts: StoreParts,
  id: number,
  at: Date,
): Promise<Forgotten | undefined> {
  const name = await markRemoved(session, id, at);
  if (name === undefined) return undefined;
  const vault = await forgetVault(session, id);
  const credential = await forgetCredential(session, id);
  await parts.events.write(session, { at, type: 'repository.removed', repository: name, data: { id } });
  return { ...vault, credential };
}

/** Cancels some of the jobs that wait for a removed repository. @returns whether there may be more. */
export async function cancelOrphans(session: Session<Tables>, parts: StoreParts, at: Date): Promise<boolean> {
  const runs = await session.all(orphans, { limit: BATCH });
  for (const run of runs) {
    const change = beginChange({ session, parts, run: run.run, repository: run.repository_name, at });
    const rows = await jobsOfRun(session, run.run);
    for (const row of rows.filter((each) => isWaiting(each) && !isOpenCall(each, rows)))
      await cancelJob(change, row, REASON);
    await advanceAll(change);
  }
  return runs.length === BATCH;
}

function isWaiting({ state }: RunJobRow): boolean {
  return state === 'waiting' || state === 'queued';
}
