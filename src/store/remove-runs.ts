import type { Kysely } from 'kysely';
import type { LogKey } from './log-store.ts';
import type { RemovedRows } from './retention.ts';
import { indexNoMore } from './search-index.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

type Run = { run: number };
type Job = { job: number };

const findOver = statement((db: Kysely<Tables>, p: Run) =>
  db.selectFrom('runs').select('sha').where('id', '=', p.run).where('status', '=', 'completed'),
);
const jobsOf = statement((db: Kysely<Tables>, p: Run) => db.selectFrom('jobs').select('id').where('run', '=', p.run));
const openJob = statement((db: Kysely<Tables>, p: Run) =>
  db.selectFrom('jobs').select('id').where('run', '=', p.run).where('state', '!=', 'completed').limit(FIRST),
);
const executionsOf = statement((db: Kysely<Tables>, p: Job) =>
  db.selectFrom('executions').select('number').where('job', '=', p.job),
);
const logsOf = statement((db: Kysely<Tables>, p: Job) =>
  db.selectFrom('executions').select('number').where('job', '=', p.job).where('log_removed_at', 'is', null),
);
const artifactsOf = statement((db: Kysely<Tables>, p: Run) =>
  db.selectFrom('artifacts').select('file').where('run', '=', p.run),
);
const hasOther = statement((db: Kysely<Tables>, p: { sha: string }) =>
  db.selectFrom('runs').select('id').where('sha', '=', p.sha).limit(FIRST),
);
const dropOfRun = [
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('test_failures').where('run', '=', p.run)),
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('test_reports').where('run', '=', p.run)),
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('artifacts').where('run', '=', p.run)),
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('attempts').where('run', '=', p.run)),
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('jobs').where('run', '=', p.run)),
  statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('runs').where('id', '=', p.run)),
];
const dropOfJob = [
  statement((db: Kysely<Tables>, p: Job) => db.deleteFrom('executions').where('job', '=', p.job)),
  statement((db: Kysely<Tables>, p: Job) => db.deleteFrom('small_logs').where('job', '=', p.job)),
  statement((db: Kysely<Tables>, p: Job) => db.deleteFrom('legs').where('job', '=', p.job)),
  statement((db: Kysely<Tables>, p: Job) => db.deleteFrom('job_results').where('job', '=', p.job)),
];
const dropReports = statement((db: Kysely<Tables>, p: Run) => db.deleteFrom('test_reports').where('run', '=', p.run));
const noteRemoved = statement((db: Kysely<Tables>, p: Job & { at: number }) =>
  db.updateTable('executions').set({ log_removed_at: p.at }).where('job', '=', p.job),
);
const dropSmall = statement((db: Kysely<Tables>, p: Job) => db.deleteFrom('small_logs').where('job', '=', p.job));

/** Forgets runs with all that belongs to them; see {@link Retention.removeRuns}. */
export async function removeRuns(session: Session<Tables>, runs: readonly number[]): Promise<RemovedRows> {
  const logs: LogKey[] = [];
  const artifacts: string[] = [];
  const shas = new Set<string>();
  let removed = 0;
  for (const run of runs) {
    const sha = await shaOfOver(session, run);
    if (sha === undefined) continue;
    for (const { file } of await session.all(artifactsOf, { run })) artifacts.push(file);
    for (const { id: job } of await session.all(jobsOf, { run })) {
      for (const { number } of await session.all(executionsOf, { job })) logs.push({ job, execution: number });
      for (const drop of dropOfJob) await session.run(drop, { job });
    }
    await indexNoMore(session, run);
    for (const drop of dropOfRun) await session.run(drop, { run });
    shas.add(sha);
    removed++;
  }
  const commits: string[] = [];
  for (const sha of shas) if ((await session.one(hasOther, { sha })) === undefined) commits.push(sha);
  return { runs: removed, reports: 0, logs, artifacts, commits };
}

/** Notes that logs, and forgets that reports, are gone; see {@link Retention.strip}. */
export async function stripRuns(
  session: Session<Tables>,
  withLogs: readonly number[],
  withReports: readonly number[],
  at: Date,
): Promise<RemovedRows> {
  const logs: LogKey[] = [];
  let reports = 0;
  for (const run of withLogs) {
    if ((await shaOfOver(session, run)) === undefined) continue;
    for (const { id: job } of await session.all(jobsOf, { run })) {
      for (const { number } of await session.all(logsOf, { job })) logs.push({ job, execution: number });
      await session.run(noteRemoved, { job, at: at.getTime() });
      await session.run(dropSmall, { job });
    }
  }
  for (const run of withReports) reports += await session.run(dropReports, { run });
  return { runs: 0, reports, logs, artifacts: [], commits: [] };
}

/** The commit of a run that is over, as are its jobs; one that was tried again meanwhile is left alone. */
async function shaOfOver(session: Session<Tables>, run: number): Promise<string | undefined> {
  const found = await session.one(findOver, { run });
  return found === undefined || (await session.one(openJob, { run })) !== undefined ? undefined : found.sha;
}
