import type { RawBuilder } from 'kysely';
import type { Session } from './statement.ts';

/** What the same column is called in each kind of database. */
export interface ColumnTypes {
  /** Primary key that counts up and is never used again. */
  readonly id: RawBuilder<unknown>;
  /** Milliseconds since 1970. */
  readonly instant: RawBuilder<unknown>;
  /** The id of a row of another table. */
  readonly reference: RawBuilder<unknown>;
  /** A JSON text. */
  readonly json: RawBuilder<unknown>;
  readonly bytes: RawBuilder<unknown>;
}

/** The schema of a database as text, beside what the dialect makes for itself. */
export interface SchemaText {
  /** Statements that make it; empty: there is nothing yet. */
  read(): string;
  /** Carries out what `read` gave, in the transaction that is under way. */
  apply(script: string): void;
}

/** What a dialect file (`sqlite.ts`) hands out; the only thing the rest knows of it. */
export interface OpenDatabase<DB> {
  /** Where it is, for messages. */
  readonly path: string;
  readonly types: ColumnTypes;
  readonly schema: SchemaText;
  /** For the {@link Writer} alone. */
  readonly writes: Session<DB>;
  /** Cannot write; the same as `writes` where there is one connection only, which the Writer has to itself. */
  readonly reads: Session<DB>;
  /** Makes a CiError of an error of the database where it knows one; anything else comes back as it is. */
  translate(error: unknown): unknown;
  /** Writes something that changes nothing. */
  touch(session: Session<DB>): Promise<void>;
  close(): Promise<void>;
}
