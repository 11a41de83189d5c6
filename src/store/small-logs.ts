import { type Kysely, sql } from 'kysely';
import type { Database } from './database.ts';
import { insertRow } from './insert-row.ts';
import type { LogKey, NewBytes, SmallAppend, SmallLogs } from './log-store.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Logs up to this size are rows; two pages of the database. */
export const SMALL_LOG_BYTES = 8 * 1024;

type Row = { job: number; execution: number };
const find = statement((db: Kysely<Tables>, p: Row) =>
  db.selectFrom('small_logs').selectAll().where('job', '=', p.job).where('execution', '=', p.execution),
);
const insert = insertRow('small_logs', 'job', 'execution', 'bytes', 'is_sealed');
const insertFirst = statement((db: Kysely<Tables>, p: Row & { bytes: Uint8Array; isSealed: number }) =>
  db
    .insertInto('small_logs')
    .values({ job: p.job, execution: p.execution, bytes: p.bytes, is_sealed: p.isSealed })
    .onConflict((conflict) => conflict.doNothing()),
);
const replace = statement((db: Kysely<Tables>, p: Row & { bytes: Uint8Array; isSealed: number }) =>
  db
    .updateTable('small_logs')
    .set({ bytes: p.bytes, is_sealed: p.isSealed })
    .where('job', '=', p.job)
    .where('execution', '=', p.execution),
);
const seal = statement((db: Kysely<Tables>, p: Row) =>
  db.updateTable('small_logs').set({ is_sealed: 1 }).where('job', '=', p.job).where('execution', '=', p.execution),
);
const remove = statement((db: Kysely<Tables>, p: Row) =>
  db.deleteFrom('small_logs').where('job', '=', p.job).where('execution', '=', p.execution),
);
const unsealed = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('small_logs').select(['job', 'execution']).where('is_sealed', '=', sql.lit(0)),
);

/** {@link SmallLogs} in the store's database. */
export function smallLogsIn(database: Database<Tables>): SmallLogs {
  return {
    append: (key, chunk) => database.write((session) => append(session, key, chunk)),
    read: (key) => database.readOne((session) => read(session, key)),
    seal: (key) => database.write((session) => sealOrMake(session, key)),
    remove: (key) => database.write(async (session) => void (await session.run(remove, key))),
    growing: () => database.read((session) => session.all(unsealed, {})),
  };
}

async function read(session: Session<Tables>, key: LogKey) {
  const row = await session.one(find, key);
  return row && { bytes: Buffer.from(row.bytes), isSealed: row.is_sealed === 1 };
}

async function append(session: Session<Tables>, key: LogKey, chunk: NewBytes): Promise<SmallAppend> {
  const { offset, bytes, isLast } = chunk;
  const isSealed = isLast ? 1 : 0;
  if (offset === 0 && bytes.length > 0 && bytes.length <= SMALL_LOG_BYTES) {
    // most logs come in one piece
    if ((await session.run(insertFirst, { ...key, bytes, isSealed })) > 0) return { size: bytes.length };
  }
  const row = await read(session, key);
  const former = row?.bytes ?? Buffer.alloc(0);
  const fresh = bytes.subarray(former.length - offset);
  if (offset > former.length || row?.isSealed || (fresh.length === 0 && !isLast)) return { size: former.length };
  const all = Buffer.concat([former, fresh]);
  if (all.length > SMALL_LOG_BYTES) return { tooLarge: all };
  if (row === undefined) await session.run(insert, { ...key, bytes: all, is_sealed: isSealed });
  else await session.run(replace, { ...key, bytes: all, isSealed });
  return { size: all.length };
}

/** A job that printed nothing has a log, too: an empty one. */
async function sealOrMake(session: Session<Tables>, { job, execution }: LogKey): Promise<void> {
  if ((await session.run(seal, { job, execution })) > 0) return;
  await session.run(insert, { job, execution, bytes: new Uint8Array(), is_sealed: 1 });
}
