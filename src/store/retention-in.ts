import type { Kysely } from 'kysely';
import type { Database } from './database.ts';
import type { LogKey } from './log-store.ts';
import type { StoreParts } from './parts.ts';
import { removeRuns, stripRuns } from './remove-runs.ts';
import type { Retention, RunPage } from './retention.ts';
import { shelfIn } from './retention-shelf.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { trimFlaky, trimNames } from './trim-tests.ts';

const page = statement((db: Kysely<Tables>, p: { before: number; limit: number }) =>
  db
    .selectFrom('runs')
    .select(['id', 'repository', 'number', 'ref', 'sha', 'workflow', 'path', 'status', 'conclusion', 'completed_at'])
    .select(['definition', 'payload', 'inputs'])
    .where('id', '<', p.before)
    .orderBy('id', 'desc')
    .limit(p.limit),
);
const logBytes = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('executions', 'executions.job', 'jobs.id')
    .select(['jobs.run', (row) => row.fn.sum<number>('executions.log_bytes').as('bytes')])
    .where('jobs.run', '>=', p.from)
    .where('jobs.run', '<=', p.to)
    .where('executions.log_removed_at', 'is', null)
    .groupBy('jobs.run'),
);
const scopes = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db
    .selectFrom('jobs')
    .innerJoin('legs', 'legs.job', 'jobs.id')
    .select('legs.scope')
    .where('jobs.run', '>=', p.from)
    .where('jobs.run', '<=', p.to)
    .where('legs.scope', 'is not', null),
);
const oldEvents = statement((db: Kysely<Tables>, p: { cutoff: number; limit: number }) =>
  db.deleteFrom('events').where('id', 'in', (row) =>
    row
      .selectFrom((inner) => inner.selectFrom('events').select(['id', 'at']).orderBy('id').limit(p.limit).as('oldest'))
      .select('oldest.id')
      .where('oldest.at', '<', p.cutoff)
      .where('oldest.id', '<', (newest) => newest.selectFrom('events').select((one) => one.fn.max('id').as('id'))),
  ),
);
const specs = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db.selectFrom('jobs').select('spec').distinct().where('run', '>=', p.from).where('run', '<=', p.to),
);
const logs = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db
    .selectFrom('executions')
    .select(['job', 'number as execution'])
    .where('job', '>=', p.from)
    .where('job', '<', p.to)
    .where('log_removed_at', 'is', null),
);
const leased = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db.selectFrom('leases').select(['job', 'execution']).where('job', '>=', p.from).where('job', '<', p.to),
);

/** {@link Retention} in the store's database. */
export function retentionIn(database: Database<Tables>, parts: Pick<StoreParts, 'documents' | 'specs'>): Retention {
  return {
    page: (before, limit) => database.read((session) => readPage(session, before, limit)),
    removeRuns: (runs) => database.write((session) => removeRuns(session, runs)),
    strip: (withLogs, withReports, at) => database.write((session) => stripRuns(session, withLogs, withReports, at)),
    removeEvents: (cutoff, limit) =>
      database.write((session) => session.run(oldEvents, { cutoff: cutoff.getTime(), limit })),
    documents: shelfIn(database, 'documents', parts.documents),
    specs: shelfIn(database, 'specs', parts.specs),
    trimFlaky: (after, limit) => database.write((session) => trimFlaky(session, { after, limit })),
    trimNames: (after, limit) => database.write((session) => trimNames(session, { after, limit })),
    logsOf: (from, to) =>
      database.read(
        async (session): Promise<readonly LogKey[]> => [
          ...(await session.all(logs, { from, to })),
          ...(await session.all(leased, { from, to })),
        ],
      ),
  };
}

async function readPage(session: Session<Tables>, before: number, limit: number): Promise<RunPage> {
  const rows = await session.all(page, { before, limit });
  const range = { from: rows.at(-1)?.id ?? 0, to: rows[0]?.id ?? 0 };
  const bytes = new Map((await session.all(logBytes, range)).map((row) => [row.run, Number(row.bytes)]));
  const shared = (await session.all(scopes, range)).map(({ scope }) => scope);
  const needed = rows.flatMap(({ definition, payload, inputs }) => [definition, payload, inputs]);
  return {
    runs: rows.map((row) => ({
      ...{ id: row.id, repository: row.repository, number: row.number, ref: row.ref, sha: row.sha },
      workflow: row.path ?? row.workflow,
      conclusion: row.conclusion,
      completedAt: row.status !== 'completed' || row.completed_at === null ? null : new Date(row.completed_at),
      logBytes: bytes.get(row.id) ?? 0,
      hasLogs: bytes.has(row.id),
    })),
    documents: [...needed, ...shared].filter((id) => id !== null),
    specs: (await session.all(specs, range)).map(({ spec }) => spec),
  };
}
