import type { Insertable, Kysely } from 'kysely';
import { type Statement, statement } from './statement.ts';
import type { Tables } from './tables.ts';

type Values<T extends keyof Tables, C extends keyof Tables[T]> = Pick<
  Insertable<Tables[T]>,
  C & keyof Insertable<Tables[T]>
>;

function placeholders(p: object, columns: readonly PropertyKey[]) {
  return Object.fromEntries(columns.map((column) => [column, (p as Record<PropertyKey, unknown>)[column]]));
}

/** A statement that inserts one row of these columns. */
export function insertRow<T extends keyof Tables & string, C extends keyof Tables[T] & string>(
  table: T,
  ...columns: readonly C[]
): Statement<Tables, Values<T, C>, unknown> {
  return statement((db: Kysely<Tables>, p: Values<T, C>) =>
    db.insertInto(table).values(placeholders(p, columns) as never),
  );
}

/** A statement that inserts one row of these columns and returns its id. */
export function insertRowWithId<T extends 'runs' | 'jobs', C extends keyof Tables[T] & string>(
  table: T,
  ...columns: readonly C[]
): Statement<Tables, Values<T, C>, { id: number }> {
  return statement(
    (db: Kysely<Tables>, p: Values<T, C>) =>
      db
        .insertInto(table as 'runs')
        .values(placeholders(p, columns) as never)
        .returning('id') as never,
  );
}
