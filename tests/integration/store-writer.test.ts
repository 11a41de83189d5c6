import { join } from 'node:path';
import type { Generated, Kysely } from 'kysely';
import { expect, test } from 'vitest';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { statement } from '../../src/store/statement.ts';
import { Writer } from '../../src/store/writer.ts';
import { tempDir } from '../support/temp.ts';

interface Notes {
  notes: { id: Generated<number>; text: string };
}

const notes = {
  name: '0001_notes',
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('notes')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('text', 'text', (column) => column.notNull().unique())
      .execute();
  },
};

const insert = statement((db: Kysely<Notes>, p: { text: string }) => db.insertInto('notes').values({ text: p.text }));
const all = statement((db: Kysely<Notes>, _: object) => db.selectFrom('notes').select('text').orderBy('id'));

async function openNotes() {
  const dir = await tempDir('signalbox-writer-');
  const path = join(dir.path, 'notes.db');
  const database = await openDatabase<Notes>(path, [notes]);
  const dispose = async () => {
    await database.close();
    await dir[Symbol.asyncDispose]();
  };
  return { database, path, [Symbol.asyncDispose]: dispose };
}

const add = (database: Database<Notes>, text: string) => database.write((session) => session.run(insert, { text }));

async function texts(database: Database<Notes>): Promise<string[]> {
  return (await database.read((session) => session.all(all, {}))).map((row) => row.text);
}

/** A writer whose connection fails in the given way at its next COMMIT, as a disk would. */
async function withFailingCommit(path: string, failure: Error) {
  const open = await openSqlite<Notes>(path);
  const { command } = open.writes;
  let commits = 0;
  let isArmed = false;
  open.writes.command = async (text) => {
    if (text === 'commit') commits += 1;
    if (text === 'commit' && isArmed) {
      isArmed = false;
      throw failure;
    }
    await command.call(open.writes, text);
  };
  const writer = new Writer<Notes>(open.writes, open.translate);
  const dispose = async () => {
    await writer.close();
    await open.close();
  };
  return {
    writer,
    arm: () => {
      isArmed = true;
    },
    commits: () => commits,
    [Symbol.asyncDispose]: dispose,
  };
}

const sqliteError = (errcode: number) => Object.assign(new Error(`failure ${errcode}`), { errcode });

test('an operation that fails is undone alone; its neighbours of the same transaction are kept', async () => {
  await using ci = await openNotes();
  const outcomes = await Promise.allSettled([
    add(ci.database, 'one'),
    ci.database.write(async (session) => {
      await session.run(insert, { text: 'undone' });
      throw new Error('changed my mind');
    }),
    add(ci.database, 'one'),
    add(ci.database, 'two'),
  ]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(outcomes[1]).toMatchObject({ reason: { message: 'changed my mind' } });
  expect(await texts(ci.database)).toEqual(['one', 'two']);
});

test('what is written at one moment shares one commit', async () => {
  await using ci = await openNotes();
  await using fault = await withFailingCommit(ci.path, sqliteError(0));
  await Promise.all(Array.from({ length: 50 }, (_, n) => fault.writer.write((s) => s.run(insert, { text: `${n}` }))));
  expect(fault.commits()).toBe(1);
  expect(await texts(ci.database)).toHaveLength(50);
});

test('callbacks come after the commit, and not for an operation that failed', async () => {
  await using ci = await openNotes();
  const told: string[] = [];
  const write = (text: string, fails = false) =>
    ci.database.write(async (session) => {
      session.afterCommit(() => told.push(text));
      await session.run(insert, { text });
      expect(told).toEqual([]);
      if (fails) throw new Error('no');
    });
  await Promise.allSettled([write('one'), write('two', true), write('three')]);
  expect(told).toEqual(['one', 'three']);
});

test('a commit that finds the disk full rejects all of its group, and the next one may succeed', async () => {
  await using ci = await openNotes();
  await using fault = await withFailingCommit(ci.path, sqliteError(13));
  fault.arm();
  const told: string[] = [];
  const write = (text: string) =>
    fault.writer.write(async (session) => {
      session.afterCommit(() => told.push(text));
      await session.run(insert, { text });
    });
  const outcomes = await Promise.allSettled([write('one'), write('two')]);
  expect(outcomes).toMatchObject([{ reason: { code: 'E_STORE_FULL' } }, { reason: { code: 'E_STORE_FULL' } }]);
  expect(await texts(ci.database)).toEqual([]);
  await write('three');
  expect(await texts(ci.database)).toEqual(['three']);
  expect(told).toEqual(['three']);
});

test('after a failed fsync nothing is acknowledged any more, since nobody knows what the disk holds', async () => {
  await using ci = await openNotes();
  await using fault = await withFailingCommit(ci.path, sqliteError(1034));
  fault.arm();
  const write = (text: string) => fault.writer.write((session) => session.run(insert, { text }));
  await expect(write('one')).rejects.toMatchObject({ code: 'E_STORE_BROKEN' });
  await expect(write('two')).rejects.toMatchObject({ code: 'E_STORE_BROKEN' });
  expect(await texts(ci.database)).toEqual([]);
});

test('a read sees one state of the database, and everything that was acknowledged before it', async () => {
  await using ci = await openNotes();
  await add(ci.database, 'one');
  const counts: number[] = [];
  await ci.database.read(async (session) => {
    counts.push((await session.all(all, {})).length);
    await add(ci.database, 'two');
    counts.push((await session.all(all, {})).length);
  });
  expect(counts).toEqual([1, 1]);
  expect(await texts(ci.database)).toEqual(['one', 'two']);
});

test('a read cannot write', async () => {
  await using ci = await openNotes();
  await expect(ci.database.read((session) => session.run(insert, { text: 'one' }))).rejects.toThrow(
    /readonly|read-only/,
  );
});

test('closing waits for what was accepted', async () => {
  await using ci = await openNotes();
  const pending = Array.from({ length: 500 }, (_, n) => add(ci.database, `${n}`));
  await ci.database.close();
  expect((await Promise.allSettled(pending)).every((outcome) => outcome.status === 'fulfilled')).toBe(true);
  await expect(add(ci.database, 'late')).rejects.toMatchObject({ code: 'E_STORE_CLOSED' });
});

test('a single statement that fails rolls back neither what was written before it in the same transaction nor what comes after', async () => {
  await using open = await openNotes();
  const { database } = open;
  const addOne = (text: string) => database.writeOne((session) => session.run(insert, { text }));
  const results = await Promise.allSettled([addOne('a'), addOne('a'), add(database, 'b'), addOne('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(await texts(database)).toEqual(['a', 'b', 'c']);
});
