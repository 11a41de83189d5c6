import type { OpenDatabase } from './dialect.ts';
import { KnownSchema } from './known-schema.ts';
import { type Migration, migrate } from './migrate.ts';
import { Reader } from './reader.ts';
import { openSqlite, type SqliteOptions } from './sqlite.ts';
import { type Operation, Writer } from './writer.ts';

/** A database that is ready to be used. */
export interface Database<DB> {
  readonly path: string;
  /** See {@link Writer.write}. */
  write<T>(operation: Operation<DB, T>): Promise<T>;
  /** See {@link Writer.writeOne}. */
  writeOne<T>(operation: Operation<DB, T>): Promise<T>;
  /** Executes what only reads; it sees everything that was acknowledged, and one state of the database throughout. */
  read<T>(operation: Operation<DB, T>): Promise<T>;
  /** The same for an operation of one statement, which sees one state by itself: a third of the time. */
  readOne<T>(operation: Operation<DB, T>): Promise<T>;
  /** Calls `listener` after each commit with what it took, in milliseconds; returns what ends it. */
  onCommit(listener: (ms: number) => void): () => void;
  /** Does a write reach the disk? @throws what is wrong. */
  check(): Promise<void>;
  /** Waits for what is under way. Safe twice. */
  close(): Promise<void>;
}

/** Options of {@link openDatabase}. */
export interface DatabaseOptions extends SqliteOptions {
  /** Where the schema of an empty database is remembered for the next process. Default: nowhere. */
  readonly schemaFolder?: string;
}

/**
 * Opens the database at `path`, making it where there is none, and brings it to the newest schema.
 * @throws {StoreCorruptError} it is damaged. @throws {StoreNewerError} a newer version of the program wrote it.
 */
export async function openDatabase<DB>(
  path: string,
  migrations: readonly Migration[],
  { schemaFolder, ...options }: DatabaseOptions = {},
): Promise<Database<DB>> {
  const open = await openSqlite<DB>(path, options);
  const writer = new Writer<DB>(open.writes, open.translate);
  try {
    await migrate(open, writer, migrations, new KnownSchema(migrations, schemaFolder));
  } catch (error) {
    await open.close();
    throw error;
  }
  return new DatabaseOver(open, writer);
}

class DatabaseOver<DB> implements Database<DB> {
  readonly path: string;
  readonly #open: OpenDatabase<DB>;
  readonly #writer: Writer<DB>;
  /** Undefined: there is one connection only, and reads go the way of writes. */
  readonly #reader: Reader<DB> | undefined;
  #closing: Promise<void> | undefined;

  constructor(open: OpenDatabase<DB>, writer: Writer<DB>) {
    this.path = open.path;
    this.#open = open;
    this.#writer = writer;
    this.#reader = open.reads === open.writes ? undefined : new Reader(open.reads, open.translate);
  }

  write<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#writer.write(operation);
  }

  writeOne<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#writer.writeOne(operation);
  }

  read<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#reader === undefined ? this.#writer.write(operation) : this.#reader.read(operation);
  }

  readOne<T>(operation: Operation<DB, T>): Promise<T> {
    return this.#reader === undefined ? this.#writer.write(operation) : this.#reader.readOne(operation);
  }

  onCommit(listener: (ms: number) => void): () => void {
    return this.#writer.committed.on(listener);
  }

  check(): Promise<void> {
    return this.#writer.write((session) => this.#open.touch(session));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writer.close();
    await this.#reader?.close();
    await this.#open.close();
  }
}
