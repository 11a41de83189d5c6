import { type Compilable, CompiledQuery, type DatabaseConnection, type Kysely, sql } from 'kysely';

/** Builds a query; the fields of `p` stand for values that are given at each execution. */
type Define<DB, P, R> = (db: Kysely<DB>, p: P) => Compilable<R>;

/**
 * A statement that is compiled once per connection instead of at each call: Kysely's builders cost 10 to 40 µs, an
 * indexed SELECT of SQLite costs 2.
 */
export class Statement<DB, P, R> {
  readonly define: Define<DB, P, R>;
  constructor(define: Define<DB, P, R>) {
    this.define = define;
  }
}

/** Makes a {@link Statement}: `statement((db: Kysely<Tables>, p: { id: number }) => db.selectFrom('runs')…)`. */
export function statement<DB, P, R>(define: Define<DB, P, R>): Statement<DB, P, R> {
  return new Statement(define);
}

/** `limit 1` as a literal: with `limit ?` SQLite plans the statement anew at each execution, which takes 15 µs. */
export const FIRST = sql<number>`1`;

/** Stands for a value in a compiled query. */
class Placeholder {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const placeholders = new Proxy({}, { get: (_, name) => new Placeholder(String(name)) });

/** A compiled query and where the values go. */
interface Compiled {
  readonly query: CompiledQuery;
  readonly bind: (values: Readonly<Record<string, unknown>>) => unknown[];
}

function compile<DB, P, R>(db: Kysely<DB>, statement: Statement<DB, P, R>): Compiled {
  const query = statement.define(db, placeholders as P).compile();
  const parameters = [...query.parameters];
  return {
    query,
    bind: (values) => parameters.map((value) => (value instanceof Placeholder ? values[value.name] : value)),
  };
}

/** One connection to a database. Not for concurrent use: who has one has it alone. */
export class Session<DB> {
  /** For statements that are rare: built and compiled at each call. */
  readonly db: Kysely<DB>;
  readonly #connection: DatabaseConnection;
  readonly #compiled = new Map<unknown, Compiled>();
  readonly #commands = new Map<string, CompiledQuery>();
  #callbacks: (() => void)[] = [];

  constructor(db: Kysely<DB>, connection: DatabaseConnection) {
    this.db = db;
    this.#connection = connection;
  }

  /** All rows of a statement. */
  async all<P extends object, R>(statement: Statement<DB, P, R>, values: P): Promise<R[]> {
    return (await this.#execute(statement, values)).rows;
  }

  /** The first row of a statement, if there is one. */
  async one<P extends object, R>(statement: Statement<DB, P, R>, values: P): Promise<R | undefined> {
    return (await this.#execute(statement, values)).rows[0];
  }

  /** How many rows a statement changed. */
  async run<P extends object, R>(statement: Statement<DB, P, R>, values: P): Promise<number> {
    return Number((await this.#execute(statement, values)).numAffectedRows ?? 0);
  }

  /** The id of the row that a statement inserted. */
  async insert<P extends object, R>(statement: Statement<DB, P, R>, values: P): Promise<number> {
    return Number((await this.#execute(statement, values)).insertId ?? 0);
  }

  /** Executes a statement without values or rows, such as COMMIT. */
  async command(text: string): Promise<void> {
    const query = this.#commands.get(text) ?? CompiledQuery.raw(text);
    this.#commands.set(text, query);
    await this.#connection.executeQuery(query);
  }

  /** Calls `callback` when what this operation writes is on the disk; never, if it fails. */
  afterCommit(callback: () => void): void {
    this.#callbacks.push(callback);
  }

  /** For the {@link Writer}: the callbacks so far. */
  get callbacks(): readonly (() => void)[] {
    return this.#callbacks;
  }

  /** For the {@link Writer}: forgets the callbacks from number `from` on. */
  dropCallbacks(from: number): void {
    this.#callbacks = this.#callbacks.slice(0, from);
  }

  #execute<P extends object, R>(statement: Statement<DB, P, R>, values: P) {
    let compiled = this.#compiled.get(statement);
    if (compiled === undefined) {
      compiled = compile(this.db, statement);
      this.#compiled.set(statement, compiled);
    }
    const { query, bind } = compiled;
    const parameters = bind(values as Record<string, unknown>);
    return this.#connection.executeQuery<R>({ query: query.query, queryId: query.queryId, sql: query.sql, parameters });
  }
}
