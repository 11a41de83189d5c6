import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  sql,
} from 'kysely';
import type { ColumnTypes, OpenDatabase, SchemaText } from './dialect.ts';
import { StoreBrokenError, StoreCorruptError } from './errors.ts';
import { translateFileError } from './file-errors.ts';
import { translateError } from './sqlite-errors.ts';
import { Session } from './statement.ts';

type Handle = InstanceType<typeof DatabaseSync>;
/** A prepared statement and the names of what it returns; none: it returns no rows. */
interface Prepared {
  readonly statement: ReturnType<Handle['prepare']>;
  readonly columns: readonly string[];
}

/** How many compiled statements a connection keeps; an SQLite statement takes some kilobytes. */
const STATEMENTS = 200;
/** How long a statement waits for another process that holds the lock, in milliseconds. */
const BUSY_MS = 5_000;
/** Pages of log between two checkpoints, 16 MB: the pages that every job changes are copied back less often. */
const CHECKPOINT_PAGES = 4_000;
/** Databases up to this size are checked when they are opened; 16 MiB take about 50 ms. */
const CHECKED_BYTES = 16 * 1024 * 1024;

/** A database that is gone when it is closed; SQLite's own name for it. */
export const IN_MEMORY = ':memory:';

/** A write that is one: the value differs each time. */
const TOUCH = 'insert into write_check values (1, random()) on conflict (id) do update set value = excluded.value';

const types: ColumnTypes = {
  id: sql`integer primary key autoincrement`,
  instant: sql`integer`,
  reference: sql`integer`,
  json: sql`text`,
  bytes: sql`blob`,
};

/** Options of {@link openSqlite}. */
export interface SqliteOptions {
  /** Bound on the size of the database in pages of 4 kB. Default: none. */
  readonly maxPages?: number;
}

/**
 * Opens (or makes) the database at `path`: WAL, one connection that writes, one that reads. Each commit is on the disk
 * before it is acknowledged: `synchronous=FULL` is set on every connection and read back after a write, since
 * bindings are compiled with a default that loses the last commits at a power cut.
 * With {@link IN_MEMORY} nothing reaches a disk, and what reads has the same connection as what writes.
 * @throws {StoreCorruptError} when it is damaged.
 */
export async function openSqlite<DB>(path: string, options: SqliteOptions = {}): Promise<OpenDatabase<DB>> {
  const translate = (error: unknown) => translateFileError(path, translateError(path, error));
  try {
    if (path === IN_MEMORY) return openInMemory();
    await createPrivate(path);
    const writer = openHandle(path);
    check(path, writer);
    writer.exec('create table if not exists write_check (id integer primary key, value integer)');
    writer.exec(TOUCH);
    assertDurable(path, writer);
    if (options.maxPages !== undefined) writer.exec(`pragma max_page_count = ${options.maxPages}`);
    const reader = openHandle(path);
    reader.exec('pragma query_only = on');
    return {
      path,
      types,
      schema: schemaOf(writer),
      translate,
      writes: session<DB>(writer),
      reads: session<DB>(reader),
      touch: (session) => session.command(TOUCH),
      async close() {
        reader.close();
        tidyUp(writer);
        writer.close();
      },
    };
  } catch (error) {
    throw translate(error);
  }
}

function schemaOf(handle: Handle): SchemaText {
  return {
    read: () => {
      // the tables behind an FTS5 table are made with it
      const shadows = "select name from pragma_table_list where type = 'shadow'";
      const own = `sql is not null and name not like 'sqlite_%' and name <> 'write_check' and name not in (${shadows})`;
      const rows = handle.prepare(`select sql from sqlite_master where ${own} order by rowid`).all();
      return rows.map(({ sql: text }) => `${text};\n`).join('');
    },
    apply: (script) => handle.exec(script),
  };
}

/** One connection for everything: a second one would have another database. */
function openInMemory<DB>(): OpenDatabase<DB> {
  const handle = new DatabaseSync(IN_MEMORY);
  handle.exec('pragma foreign_keys = on');
  handle.exec('create table write_check (id integer primary key, value integer)');
  const both = session<DB>(handle);
  return {
    ...{ path: IN_MEMORY, types, schema: schemaOf(handle), writes: both, reads: both },
    translate: (error) => translateError(IN_MEMORY, error),
    touch: (session) => session.command(TOUCH),
    close: async () => handle.close(),
  };
}

/**
 * Puts everything into the one file, so that who copies it after the end has all of it. SQLite does so by itself when
 * the last connection ends, but the binding cannot end its prepared statements, so it never comes to that.
 */
function tidyUp(handle: Handle): void {
  try {
    handle.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // nothing is lost: the next start reads the log
  }
}

/** Databases hold secrets: only their owner may read them. SQLite makes the files beside them with the same mode. */
async function createPrivate(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await (await open(path, 'a', 0o600)).close();
}

function openHandle(path: string): Handle {
  const handle = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    handle.exec('pragma journal_mode = wal');
    handle.exec('pragma synchronous = full');
    handle.exec('pragma foreign_keys = on');
    handle.exec('pragma temp_store = memory');
    handle.exec(`pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    handle.exec('pragma journal_size_limit = 67108864');
  } catch (error) {
    handle.close();
    throw error;
  }
  return handle;
}

function check(path: string, handle: Handle): void {
  const size = handle.prepare('select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()');
  if (Number(size.get()?.bytes) > CHECKED_BYTES) return;
  const result = String(handle.prepare('pragma quick_check(1)').get()?.quick_check);
  if (result !== 'ok') throw new StoreCorruptError(path, result);
}

function assertDurable(path: string, handle: Handle): void {
  const { synchronous } = handle.prepare('pragma synchronous').get();
  if (synchronous !== 2) throw new StoreBrokenError(path, `synchronous is ${synchronous} instead of 2`);
}

function session<DB>(handle: Handle): Session<DB> {
  const connection = new SqliteConnection(handle);
  return new Session(new Kysely<DB>({ dialect: dialectOver(connection) }), connection);
}

/** A Kysely dialect over one connection that is there already and that its user has alone. */
function dialectOver(connection: SqliteConnection): Dialect {
  return {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driverOver(connection),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  };
}

function driverOver(connection: SqliteConnection): Driver {
  const refuse = async () => {
    throw new Error('transactions are the business of the Writer');
  };
  const nothing = async () => {};
  return {
    init: nothing,
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: nothing,
    destroy: nothing,
  };
}

/** Executes compiled queries on one handle, with a bounded cache of prepared statements, the least recently used go. */
class SqliteConnection implements DatabaseConnection {
  readonly #handle: Handle;
  readonly #cache = new Map<string, Prepared>();

  constructor(handle: Handle) {
    this.#handle = handle;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { statement, columns } = this.#prepare(query.sql);
    if (columns.length > 0) return { rows: statement.all(...query.parameters).map((values) => toRow(columns, values)) };
    const { changes, lastInsertRowid } = statement.run(...query.parameters);
    return { numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid), rows: [] };
  }

  // biome-ignore lint/correctness/useYield: the interface asks for it; nobody here streams
  async *streamQuery(): AsyncIterableIterator<never> {
    throw new Error('rows are read in pages, not streamed');
  }

  #prepare(text: string): Prepared {
    const cached = this.#cache.get(text);
    if (cached !== undefined) {
      this.#cache.delete(text);
      this.#cache.set(text, cached);
      return cached;
    }
    const statement = this.#handle.prepare(text);
    const prepared = { statement, columns: statement.columns().map(({ name }) => name) };
    statement.setReturnArrays(true);
    this.#cache.set(text, prepared);
    const [oldest] = this.#cache.keys();
    if (this.#cache.size > STATEMENTS && oldest !== undefined) this.#cache.delete(oldest);
    return prepared;
  }
}

/** An object from an array: the binding takes twice as long to make objects itself. */
function toRow<R>(columns: readonly string[], values: readonly unknown[]): R {
  const row: Record<string, unknown> = {};
  for (let at = 0; at < columns.length; at += 1) row[columns[at] as string] = values[at];
  return row as R;
}
