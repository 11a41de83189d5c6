import { execFile } from 'node:child_process';
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Kysely, sql } from 'kysely';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import { LogFiles } from '../../src/store/log-files.ts';
import { MIGRATIONS, openStore } from '../../src/store/open-store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import type { Tables } from '../../src/store/tables.ts';
import { commitOf, newRepository, openTestStore, pushOf, shaOf } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const run = promisify(execFile);

/** A file system of 2 MB; undefined where we may not mount one. */
async function smallDisk() {
  const dir = await tempDir('signalbox-disk-');
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', dir.path]);
  } catch {
    await dir[Symbol.asyncDispose]();
    return undefined;
  }
  const dispose = async () => {
    await run('umount', ['-l', dir.path]);
    await dir[Symbol.asyncDispose]();
  };
  return { path: dir.path, [Symbol.asyncDispose]: dispose };
}

/** Dispatches until it fails; how many were accepted, and what failed. */
async function dispatchUntilFull(store: Awaited<ReturnType<typeof openStore>>, id: number, from: number) {
  for (let n = from; ; n += 1) {
    try {
      await store.dispatch(pushOf(id, [commitOf(n)]), NOW);
    } catch (error) {
      return { accepted: n - from, error };
    }
  }
}

test('every connection syncs each commit to the disk, also after the database is opened again', async () => {
  await using dir = await tempDir();
  for (const _ of [1, 2]) {
    const database = await openSqlite(join(dir.path, 'a.db'));
    await database.touch(database.writes);
    for (const session of [database.writes, database.reads]) {
      const { rows } = await sql<{ synchronous: number }>`pragma synchronous`.execute(session.db);
      expect(rows).toEqual([{ synchronous: 2 }]);
    }
    await database.close();
  }
});

test('the database, which holds secrets, is readable by its owner alone', async () => {
  await using ci = await openTestStore();
  await ci.store.addRepository(newRepository(), NOW);
  for (const file of [ci.path, `${ci.path}-wal`]) expect((await stat(file)).mode & 0o077, file).toBe(0);
});

test('a full database refuses what is new, keeps what it accepted, and goes on when there is room', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'signalbox.db');
  const store = await openStore({ path, maxPages: 120 });
  const { id } = await store.addRepository(newRepository(), NOW);
  const { accepted, error } = await dispatchUntilFull(store, id, 1);
  expect(error).toMatchObject({ code: 'E_STORE_FULL' });
  expect(accepted).toBeGreaterThan(10);
  await expect(store.dispatch(pushOf(id, [commitOf(9999)]), NOW)).rejects.toThrow(/the disk is full/);
  expect((await store.queue(1)).total).toBe(accepted);
  await store.close();
  const larger = await openStore({ path });
  expect((await larger.queue(1)).total).toBe(accepted);
  await larger.dispatch(pushOf(id, [commitOf(9999)]), NOW);
  expect((await larger.runs({ sha: shaOf(9999) }))[0]?.number).toBe(accepted + 1);
  await larger.close();
});

test('a full disk refuses what is new, and after some space is freed the same process goes on', async (context) => {
  await using disk = await smallDisk();
  if (disk === undefined) return context.skip('only root can mount a small disk');
  const ballast = join(disk.path, 'ballast');
  await writeFile(ballast, Buffer.alloc(700_000));
  const store = await openStore({ path: join(disk.path, 'signalbox.db') });
  const logs = new LogFiles({ folder: join(disk.path, 'logs') });
  const { id } = await store.addRepository(newRepository(), NOW);
  const { accepted, error } = await dispatchUntilFull(store, id, 1);
  expect(error).toMatchObject({ code: 'E_STORE_FULL' });
  await writeFile(join(disk.path, 'rest'), Buffer.alloc(2_000_000)).catch(() => {});
  const checkOften = async () => {
    for (let n = 0; n < 2_000; n += 1) await store.check(); // the first ones may find room in the log
  };
  await expect(checkOften()).rejects.toMatchObject({ code: 'E_STORE_FULL' });
  const key = { job: 1, execution: 1 };
  await expect(logs.append(key, 0, Buffer.alloc(1_000_000))).rejects.toMatchObject({ code: 'E_STORE_FULL' });
  expect((await store.queue(1)).total).toBe(accepted);
  await rm(ballast);
  await rm(join(disk.path, 'rest'));
  await store.check();
  const more = Array.from({ length: 20 }, (_, n) => store.dispatch(pushOf(id, [commitOf(10_000 + n)]), NOW));
  await Promise.all(more);
  expect((await store.queue(1)).total).toBe(accepted + 20);
  const size = await logs.size(key);
  expect(await logs.append(key, size, Buffer.from('goes on'))).toBe(size + 7);
  await logs.close();
  await store.close();
});

test('a damaged database is refused, with what to do', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'signalbox.db');
  const store = await openStore({ path });
  const { id } = await store.addRepository(newRepository(), NOW);
  for (let n = 0; n < 50; n += 1) await store.dispatch(pushOf(id, [commitOf(n)]), NOW);
  await store.close();
  const { size } = await stat(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(size - 8192, 0x5a), 0, undefined, 8192);
  await file.close();
  await expect(openStore({ path })).rejects.toMatchObject({
    code: 'E_STORE_CORRUPT',
    message: expect.stringMatching(/is damaged .* put a backup in its place, or move .*signalbox\.db away/),
  });
  await writeFile(path, 'this is a text and no database at all, however long one makes it'.repeat(100));
  await expect(openStore({ path })).rejects.toMatchObject({ code: 'E_STORE_CORRUPT' });
  expect(await readFile(path, 'utf8')).toMatch(/^this is a text/);
});

test('a database of a newer version is refused and left as it is', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'signalbox.db');
  const newer = {
    name: '9999_future',
    up: (db: Kysely<unknown>) => db.schema.createTable('future').addColumn('a', 'text').execute(),
  };
  await (await openDatabase(path, [...MIGRATIONS, newer])).close();
  await expect(openStore({ path })).rejects.toMatchObject({
    code: 'E_STORE_NEWER',
    message: expect.stringContaining('9999_future'),
  });
  await (await openDatabase(path, [...MIGRATIONS, newer])).close();
});

test('a migration runs on a filled database, and all of it is there after it', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'signalbox.db');
  const store = await openStore({ path });
  const { id } = await store.addRepository(newRepository(), NOW);
  await store.dispatch(pushOf(id, [commitOf(1), commitOf(2)]), NOW);
  await store.close();
  const next = {
    name: '9998_next',
    up: (db: Kysely<unknown>) => db.schema.alterTable('runs').addColumn('note', 'text').execute(),
  };
  const database = await openDatabase<Tables>(path, [...MIGRATIONS, next]);
  const rows = await database.read((session) => session.db.selectFrom('runs').select(['sha', 'number']).execute());
  expect(rows).toEqual([
    { sha: shaOf(1), number: 1 },
    { sha: shaOf(2), number: 2 },
  ]);
  await database.close();
});

test('a migration that fails changes nothing', async () => {
  await using dir = await tempDir();
  const path = join(dir.path, 'signalbox.db');
  await (await openStore({ path })).close();
  const broken = {
    name: '9998_broken',
    async up(db: Kysely<unknown>) {
      await db.schema.createTable('half').addColumn('a', 'text').execute();
      await sql`insert into nowhere values (1)`.execute(db);
    },
  };
  await expect(openDatabase(path, [...MIGRATIONS, broken])).rejects.toThrow(/nowhere/);
  const database = await openDatabase<Tables>(path, MIGRATIONS);
  const tables = await database.read((session) => session.db.introspection.getTables());
  expect(tables.map((table) => table.name)).not.toContain('half');
  await database.close();
});

test('a folder that cannot be written to is named', async () => {
  await using dir = await tempDir();
  await mkdir(join(dir.path, 'signalbox.db'));
  await expect(openStore({ home: dir.path })).rejects.toThrow(/signalbox\.db/);
});

test('a store that was closed refuses, and closes twice', async () => {
  await using ci = await openTestStore();
  const pending = ci.store.addRepository(newRepository(), NOW);
  await ci.store.close();
  expect(await pending).toMatchObject({ id: 1 });
  await expect(ci.store.runs({})).rejects.toMatchObject({ code: 'E_STORE_CLOSED' });
  await expect(ci.store.extendAll(NOW)).rejects.toMatchObject({ code: 'E_STORE_CLOSED' });
});
