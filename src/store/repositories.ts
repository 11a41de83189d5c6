import type { Kysely, Selectable } from 'kysely';
import { RepositoryExistsError, UnknownRepositoryError } from './errors.ts';
import type { EventLog } from './event-log.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A repository that is watched. */
export interface RepositoryRecord {
  readonly id: number;
  /** `owner/name`; a local folder `/x/y/app` is `local/app`. Unique. */
  readonly name: string;
  /** Folders (absolute) and URLs where it can be had; the first is asked first. */
  readonly sources: readonly string[];
  /** Git folder of the first local source; null for a repository that is only remote. */
  readonly gitDir: string | null;
  readonly secret: string;
  /** Refs when it was added: what is reachable from there is not new. */
  readonly baseline: Readonly<Record<string, string>>;
  readonly createdAt: Date;
}

/** What `addRepository` needs. */
export type NewRepository = Omit<RepositoryRecord, 'id' | 'createdAt'>;

type Row = Selectable<Tables['repositories']>;

const byName = statement((db: Kysely<Tables>, p: { name: string }) =>
  db.selectFrom('repositories').selectAll().where('name', '=', p.name),
);
const byId = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.selectFrom('repositories').selectAll().where('id', '=', p.id),
);
const all = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('repositories').selectAll().where('removed_at', 'is', null).orderBy('name'),
);

/** The repository of a row. */
function toRecord(row: Row): RepositoryRecord {
  return {
    id: row.id,
    name: row.name,
    sources: JSON.parse(row.sources),
    gitDir: row.git_dir,
    secret: row.secret,
    baseline: JSON.parse(row.baseline),
    createdAt: new Date(row.created_at),
  };
}

/** Columns of what can change. */
function toColumns(change: Partial<NewRepository>) {
  const { sources, baseline, gitDir, secret } = change;
  return {
    ...(sources === undefined ? {} : { sources: JSON.stringify(sources) }),
    ...(baseline === undefined ? {} : { baseline: JSON.stringify(baseline) }),
    ...(gitDir === undefined ? {} : { git_dir: gitDir }),
    ...(secret === undefined ? {} : { secret }),
  };
}

/** All repositories that were not removed, by name. */
export async function listRepositories(session: Session<Tables>): Promise<RepositoryRecord[]> {
  return (await session.all(all, {})).map(toRecord);
}

/**
 * Adds a repository. One that was removed comes back under its old id: its history and its run numbers go on.
 * @throws {RepositoryExistsError} if the name is taken.
 */
export async function addRepository(
  session: Session<Tables>,
  parts: { readonly events: EventLog },
  repository: NewRepository,
  at: Date,
): Promise<RepositoryRecord> {
  const record = await insertOrRevive(session, repository, at);
  const data = { id: record.id, sources: record.sources };
  await parts.events.write(session, { at, type: 'repository.added', repository: record.name, data });
  return record;
}

async function insertOrRevive(session: Session<Tables>, repository: NewRepository, at: Date) {
  const former = await session.one(byName, { name: repository.name });
  if (former !== undefined && former.removed_at === null) throw new RepositoryExistsError(repository.name);
  if (former !== undefined) return change(session, former.id, { ...repository, isBack: at });
  const { id } = await session.db
    .insertInto('repositories')
    .values({
      name: repository.name,
      sources: JSON.stringify(repository.sources),
      git_dir: repository.gitDir,
      secret: repository.secret,
      baseline: JSON.stringify(repository.baseline),
      created_at: +at,
      removed_at: null,
      version: 1,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await session.db.insertInto('repository_counters').values({ repository: id, last_number: 0 }).execute();
  return { ...repository, id, createdAt: at };
}

/** @throws {UnknownRepositoryError} if there is none. */
export async function updateRepository(
  session: Session<Tables>,
  id: number,
  update: Partial<NewRepository>,
): Promise<RepositoryRecord> {
  const row = await session.one(byId, { id });
  if (row === undefined || row.removed_at !== null) throw new UnknownRepositoryError(id);
  return change(session, id, update);
}

async function change(session: Session<Tables>, id: number, update: Partial<NewRepository> & { isBack?: Date }) {
  const { isBack } = update;
  const row = await session.db
    .updateTable('repositories')
    .set((column) => ({
      ...toColumns(update),
      ...(isBack === undefined ? {} : { removed_at: null, created_at: +isBack }),
      version: column('version', '+', 1),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow();
  return toRecord(row);
}

/** Marks a repository as removed and forgets its secret. @returns its name; undefined if there is none. */
export async function markRemoved(session: Session<Tables>, id: number, at: Date): Promise<string | undefined> {
  const row = await session.db
    .updateTable('repositories')
    .set((column) => ({ removed_at: +at, secret: '', baseline: '{}', version: column('version', '+', 1) }))
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .returning('name')
    .executeTakeFirst();
  return row?.name;
}

/** Repositories in memory, so that a claim does not parse a baseline of thousands of refs each time. */
export class RepositoryCache {
  readonly #records = new Map<number, { readonly version: number; readonly record: RepositoryRecord }>();

  /** A repository at this version, which is the one in the table. @throws {UnknownRepositoryError} if there is none. */
  async read(session: Session<Tables>, id: number, version: number): Promise<RepositoryRecord> {
    const cached = this.#records.get(id);
    if (cached?.version === version) return cached.record;
    const row = await session.one(byId, { id });
    if (row === undefined) throw new UnknownRepositoryError(id);
    const record = toRecord(row);
    session.afterCommit(() => this.#records.set(id, { version: row.version, record }));
    return record;
  }
}
