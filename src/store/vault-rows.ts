import type { Kysely } from 'kysely';
import { VaultRefusedError, type VaultScope, vaultEnvironment } from '../model/vault.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import type { VaultFilter } from './vault.ts';

/** The two tables; they differ in what a value is. */
export type VaultTable = 'secrets' | 'variables';
type Row<T extends VaultTable> = Tables[T];
/** The primary key of a row. */
export type VaultKey = Pick<Tables['secrets'], 'repository' | 'environment' | 'name'>;

/** Stands for the server in the column of the repository. */
const SERVER = 0;
/** Most rows of one scope: as GitHub's, for its secrets and its variables of an organisation. */
const MAX_ROWS: Readonly<Record<VaultTable, number>> = { secrets: 100, variables: 1000 };

const secretsOf = statement((db: Kysely<Tables>, p: { repository: number; environment: string }) =>
  inScope(db, 'secrets', p),
);
const variablesOf = statement((db: Kysely<Tables>, p: { repository: number; environment: string }) =>
  inScope(db, 'variables', p),
);

/** What applies to a job, the weakest first: of the server, of the repository, of the environment. */
function inScope<T extends VaultTable>(db: Kysely<Tables>, table: T, p: { repository: number; environment: string }) {
  return db
    .selectFrom(table as 'secrets')
    .selectAll()
    .where('repository', 'in', [SERVER, p.repository])
    .where('environment', 'in', ['', p.environment])
    .orderBy('repository')
    .orderBy('environment');
}

/** The rows that apply to a job, by name. */
export async function rowsFor<T extends VaultTable>(
  session: Session<Tables>,
  table: T,
  repository: number,
  environment = '',
): Promise<readonly Row<T>[]> {
  const values = { repository, environment: environment.toLowerCase() };
  const rows = await session.all<typeof values, unknown>(table === 'secrets' ? secretsOf : variablesOf, values);
  return [...new Map((rows as Row<T>[]).map((row) => [row.name, row])).values()];
}

/** The variables of a job; for whoever is in a transaction already. See `Vault.varsFor`. */
export async function readVars(
  session: Session<Tables>,
  repository: number,
  environment?: string,
): Promise<Readonly<Record<string, string>>> {
  const rows = await rowsFor(session, 'variables', repository, environment);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

/** The key of a row. @throws {VaultRefusedError} the scope cannot be. */
export function keyOf(scope: VaultScope, name: string): VaultKey {
  return { repository: scope.repository ?? SERVER, environment: vaultEnvironment(scope), name };
}

/** The scope of a row. */
export function scopeOf(row: VaultKey): VaultScope {
  return {
    repository: row.repository === SERVER ? null : row.repository,
    environment: row.environment === '' ? null : row.environment,
  };
}

/** Writes a row. @returns whether it is new. @throws {VaultRefusedError} when there would be too many. */
export async function writeRow<T extends VaultTable>(
  session: Session<Tables>,
  table: T,
  key: VaultKey,
  value: Row<T>['value'],
  at: Date,
): Promise<boolean> {
  const { db } = session;
  const one = table as 'secrets';
  const changed = await db
    .updateTable(one)
    .set({ value: value as Uint8Array, updated_at: +at })
    .where(({ eb, and }) => and([eb('repository', '=', key.repository), eb('environment', '=', key.environment)]))
    .where('name', '=', key.name)
    .executeTakeFirst();
  if (changed.numUpdatedRows > 0n) return false;
  const { number } = await db
    .selectFrom(one)
    .select(({ fn }) => fn.countAll<number>().as('number'))
    .where('repository', '=', key.repository)
    .where('environment', '=', key.environment)
    .executeTakeFirstOrThrow();
  if (number >= MAX_ROWS[table])
    throw new VaultRefusedError(`there are ${number} ${table} already, which is as many as there can be`);
  await db
    .insertInto(one)
    .values({ ...key, value: value as Uint8Array, created_at: +at, updated_at: +at })
    .execute();
  return true;
}

/** False: there is none. */
export async function removeRow(session: Session<Tables>, table: VaultTable, key: VaultKey): Promise<boolean> {
  const removed = await session.db
    .deleteFrom(table as 'secrets')
    .where(({ eb, and }) => and([eb('repository', '=', key.repository), eb('environment', '=', key.environment)]))
    .where('name', '=', key.name)
    .executeTakeFirst();
  return removed.numDeletedRows > 0n;
}

/** Those that fit, by scope and name. */
export async function listRows<T extends VaultTable>(
  session: Session<Tables>,
  table: T,
  { repository, environment }: VaultFilter,
): Promise<readonly Row<T>[]> {
  let query = session.db.selectFrom(table as 'secrets').selectAll();
  if (repository !== undefined) query = query.where('repository', '=', repository ?? SERVER);
  if (environment !== undefined) query = query.where('environment', '=', (environment ?? '').toLowerCase());
  return (await query.orderBy('repository').orderBy('environment').orderBy('name').execute()) as unknown as Row<T>[];
}

/** Forgets what belongs to a repository. @returns how many there were. */
export async function forgetVault(
  { db }: Session<Tables>,
  repository: number,
): Promise<Readonly<Record<VaultTable, number>>> {
  const secrets = await db.deleteFrom('secrets').where('repository', '=', repository).executeTakeFirst();
  const variables = await db.deleteFrom('variables').where('repository', '=', repository).executeTakeFirst();
  return { secrets: Number(secrets.numDeletedRows), variables: Number(variables.numDeletedRows) };
}
