import type { Selectable } from 'kysely';
import type { ArtifactFiles } from './artifact-files.ts';
import { ArtifactExistsError, type ArtifactRecord, type Artifacts, type NewArtifact } from './artifacts.ts';
import type { Database } from './database.ts';
import type { Session } from './statement.ts';
import type { Tables } from './tables.ts';

/** How many go in one transaction. */
const STEP = 100;

type Row = Selectable<Tables['artifacts']>;

/** {@link Artifacts} in the store's database, with the zips in a folder beside it. */
export function artifactsIn(database: Database<Tables>, files: ArtifactFiles): Artifacts {
  return {
    async add(artifact, content, at) {
      const file = await files.receive(artifact, content);
      try {
        const { row, replaced } = await database.write((session) => addRow(session, artifact, file, at));
        if (replaced !== undefined) await files.remove(replaced);
        return recordOf(row);
      } catch (error) {
        await files.remove(file);
        throw error;
      }
    },
    ofRun: (run) =>
      database.read(async ({ db }) => {
        const rows = await db.selectFrom('artifacts').selectAll().where('run', '=', run).orderBy('name').execute();
        return rows.map(recordOf);
      }),
    get: (id) =>
      database.read(async (session) => {
        const row = await rowOf(session, id);
        return row === undefined ? undefined : recordOf(row);
      }),
    async open(id) {
      const row = await database.read((session) => rowOf(session, id));
      const content = row === undefined ? undefined : await files.open(row.file);
      return row === undefined || content === undefined ? undefined : { artifact: recordOf(row), content };
    },
    async removeFiles(gone) {
      for (const file of gone) await files.remove(file);
    },
    async tidy(at, limitBytes) {
      let count = 0;
      for (;;) {
        const gone = await database.write((session) => removeRows(session, at, limitBytes));
        for (const file of gone) await files.remove(file);
        count += gone.length;
        if (gone.length === 0) break;
      }
      const left = await database.read(({ db }) => db.selectFrom('artifacts').select('file').execute());
      await files.removeOthers(new Set(left.map(({ file }) => file)), at);
      return count;
    },
  };
}

function rowOf({ db }: Session<Tables>, id: number): Promise<Row | undefined> {
  return db.selectFrom('artifacts').selectAll().where('id', '=', id).executeTakeFirst();
}

async function addRow({ db }: Session<Tables>, artifact: NewArtifact, file: string, at: Date) {
  const { job, execution, name, bytes, digest } = artifact;
  const { run, attempt } = await db
    .selectFrom('jobs')
    .innerJoin('runs', 'runs.id', 'jobs.run')
    .select(['runs.id as run', 'runs.attempt'])
    .where('jobs.id', '=', job)
    .executeTakeFirstOrThrow();
  const old = await db
    .selectFrom('artifacts')
    .selectAll()
    .where('run', '=', run)
    .where('name', '=', name)
    .executeTakeFirst();
  if (old !== undefined && !mayReplace(old, artifact, attempt)) throw new ArtifactExistsError(name);
  if (old !== undefined) await db.deleteFrom('artifacts').where('id', '=', old.id).execute();
  const row = await db
    .insertInto('artifacts')
    .values({
      ...{ run, name, attempt, job, execution, file, bytes, digest },
      ...{ created_at: at.getTime(), expires_at: artifact.expiresAt.getTime() },
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return { row, replaced: old?.file };
}

/** What an attempt or an execution has left that does not count any more is in nobody's way. */
function mayReplace(old: Row, { overwrite, job, execution }: NewArtifact, attempt: number): boolean {
  return overwrite || old.attempt < attempt || (old.job === job && old.execution < execution);
}

/** Files of the rows that went: some of those that have expired, else some of the oldest beyond the limit. */
async function removeRows({ db }: Session<Tables>, at: Date, limitBytes: number): Promise<readonly string[]> {
  const rows = () => db.selectFrom('artifacts').select(['id', 'file', 'bytes']).limit(STEP);
  let gone = await rows().where('expires_at', '<=', at.getTime()).execute();
  if (gone.length === 0) {
    const sum = await db
      .selectFrom('artifacts')
      .select((row) => row.fn.sum<number | null>('bytes').as('bytes'))
      .executeTakeFirst();
    let total = Number(sum?.bytes ?? 0);
    const oldest = await rows().orderBy('id').execute();
    gone = oldest.filter(({ bytes }) => {
      const isBeyond = total > limitBytes;
      if (isBeyond) total -= bytes;
      return isBeyond;
    });
  }
  const ids = gone.map(({ id }) => id);
  if (ids.length > 0) await db.deleteFrom('artifacts').where('id', 'in', ids).execute();
  return gone.map(({ file }) => file);
}

function recordOf(row: Row): ArtifactRecord {
  const { id, run, name, bytes, digest, created_at, expires_at } = row;
  return { id, run, name, bytes, digest, createdAt: new Date(created_at), expiresAt: new Date(expires_at) };
}
