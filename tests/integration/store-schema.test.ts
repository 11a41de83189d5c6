import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import type { Migration } from '../../src/store/migrate.ts';
import { MIGRATIONS } from '../../src/store/open-store.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { tempDir } from '../support/temp.ts';

/** The schema of a new database at `path`. */
async function schemaOf(path: string, migrations: readonly Migration[], schemaFolder?: string): Promise<string> {
  await (await openDatabase(path, migrations, schemaFolder === undefined ? {} : { schemaFolder })).close();
  const open = await openSqlite(path);
  const schema = open.schema.read();
  await open.close();
  return schema;
}

test('a database that is opened with a remembered schema is the same as one that the migrations made', async () => {
  await using dir = await tempDir();
  let steps = 0;
  // a list of its own is remembered by nobody yet
  const migrations = MIGRATIONS.map(({ name, up }) => ({
    name,
    up: (...given: Parameters<Migration['up']>) => {
      steps++;
      return up(...given);
    },
  }));
  const made = await schemaOf(join(dir.path, 'a.db'), migrations);
  expect(steps).toBe(MIGRATIONS.length);
  expect(await schemaOf(join(dir.path, 'b.db'), migrations)).toBe(made);
  expect(steps).toBe(MIGRATIONS.length);
  expect(made).toContain('CREATE TABLE "runs"');
  await using again = await tempDir();
  expect(await schemaOf(join(again.path, 'c.db'), MIGRATIONS, dir.path)).toBe(made);
});

test('the schema is in a file for the next process; where none can be written everything works as before', async () => {
  await using dir = await tempDir();
  const only: Migration = {
    name: '0001_only',
    up: (db) => db.schema.createTable('things').addColumn('id', 'integer').execute(),
  };
  const made = await schemaOf(join(dir.path, 'a.db'), [only], dir.path);
  expect(made).toBe(
    'CREATE TABLE "migrations" ("name" text primary key, "at" integer not null);\nCREATE TABLE "things" ("id" integer);\n',
  );
  expect((await readdir(dir.path)).filter((name) => /^schema-[0-9a-f]{16}\.sql$/.test(name))).toHaveLength(1);
  const file = join(dir.path, 'no-folder');
  await writeFile(file, '');
  const other: Migration = { ...only, name: '0001_other' };
  expect(await schemaOf(join(dir.path, 'b.db'), [other], file)).toContain('things');
});
