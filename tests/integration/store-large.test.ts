import { join } from 'node:path';
import { type Compilable, sql } from 'kysely';
import { expect, test } from 'vitest';
import { bestOfAll } from '../../src/store/claim.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { MIGRATIONS, openStore } from '../../src/store/open-store.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const WAITING = 100_000;

/** A store in which one push waits, copied until 100,000 do. */
async function fill(path: string): Promise<void> {
  const store = await openStore({ path });
  const { id } = await store.addRepository(newRepository(), NOW);
  await store.dispatch(pushOf(id, [commitOf(1)]), NOW);
  await store.close();
  const database = await openDatabase<Tables>(path, MIGRATIONS);
  const numbers = sql`with recursive n(n) as (select 2 union all select n + 1 from n where n < ${sql.lit(WAITING)})`;
  const copies = [
    sql`insert into runs (id, repository, number, workflow, event, key_ref, occurrence, ref, sha, trigger, title, author, status, sources, attempt, created_at, committed_at, received_at, dispatched_at, tree, conclusion, reason, started_at, completed_at) select n, repository, n, workflow, event, key_ref, occurrence, ref, printf('%040x', n), trigger, title, author, status, sources, attempt, created_at, committed_at, received_at, dispatched_at, tree, conclusion, reason, started_at, completed_at from runs join n where id = 1`,
    sql`insert into jobs (id, run, spec, lane, key, name, state, needs, rank, execution, lost, conclusion, reason, runner, queued_at, started_at, completed_at) select n, n, spec, lane, key, name, state, needs, rank, execution, lost, conclusion, reason, runner, queued_at, started_at, completed_at from jobs join n where id = 1`,
    sql`insert into queue select n, lane, rank from queue join n where job = 1`,
  ];
  for (const copy of copies) await database.write((session) => sql`${numbers} ${copy}`.execute(session.db));
  await database.close();
}

/** How SQLite would find the rows, in its words. */
async function planOf(database: Database<Tables>, query: (db: Parameters<typeof bestOfAll.define>[0]) => Compilable) {
  return database.read(async (session) => {
    const compiled = query(session.db).compile();
    const rows = await sql<{
      detail: string;
    }>`explain query plan ${sql.raw(compiled.sql.replaceAll('?', '1'))}`.execute(session.db);
    return rows.rows.map((row) => row.detail).join('\n');
  });
}

test('with 100,000 jobs waiting a claim is a few steps in an index, and gives the first one', async () => {
  await using dir = await tempDir('signalbox-large-');
  const path = join(dir.path, 'signalbox.db');
  await fill(path);
  const database = await openDatabase<Tables>(path, MIGRATIONS);
  expect(await planOf(database, (db) => bestOfAll.define(db, { labelSet: 1 }))).toBe(
    'SEARCH lanes USING COVERING INDEX lanes_next (label_set=?)',
  );
  const next = await planOf(database, (db) =>
    db.selectFrom('queue').select('job').where('lane', '=', 1).orderBy('rank').orderBy('job').limit(1),
  );
  expect(next).toBe('SEARCH queue USING COVERING INDEX queue_order (lane=?)');
  await database.close();
  const store = await openStore({ path });
  const jobs = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 3);
  expect(jobs.map((job) => job.job)).toEqual([1, 2, 3]);
  expect(await store.finish(resultOf(2, 1), NOW)).toMatchObject({ runCompleted: { id: 2, number: 2 } });
  expect((await store.queue(10)).total).toBe(WAITING - 3);
  await store.close();
});
