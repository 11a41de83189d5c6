import { type Kysely, sql } from 'kysely';
import { indexReport, type SeenTests } from './search-reports.ts';
import { type SearchedRun, searchedText } from './search-text.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Runs of one step: 20 µs each, in the transaction of others. */
const RUNS = sql<number>`200`;
/** Pages that a step writes at most to keep the index in few pieces. SQLite would do it at once, in up to half a second. */
const MERGE_PAGES = 64;

/** Runs from `low` to `high` are in the index. */
interface Indexed {
  readonly low: number;
  readonly high: number;
}

const stateOf = statement((db: Kysely<Tables>, _: object) => db.selectFrom('search_state').select(['low', 'high']));
const newest = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('runs').select((row) => row.fn.max<number | null>('id').as('id')),
);
const begin = statement((db: Kysely<Tables>, p: Indexed) =>
  db.insertInto('search_state').values({ low: p.low, high: p.high }),
);
const advance = statement((db: Kysely<Tables>, p: Indexed) =>
  db.updateTable('search_state').set({ low: p.low, high: p.high }),
);
function selectTexts(db: Kysely<Tables>) {
  return db
    .selectFrom('runs')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .select(['runs.id', 'runs.title', 'runs.author', 'runs.ref', 'runs.workflow', 'runs.path'])
    .select('repositories.name as repository_name');
}
const newer = statement((db: Kysely<Tables>, p: { id: number }) =>
  selectTexts(db).where('runs.id', '>', p.id).orderBy('runs.id').limit(RUNS),
);
const older = statement((db: Kysely<Tables>, p: { id: number }) =>
  selectTexts(db).where('runs.id', '<', p.id).orderBy('runs.id', 'desc').limit(RUNS),
);
const one = statement((db: Kysely<Tables>, p: { id: number }) => selectTexts(db).where('runs.id', '=', p.id));
const insert = statement((db: Kysely<Tables>, p: { id: number; text: string }) =>
  db.insertInto('search_runs').values({ rowid: p.id, text: p.text }),
);
const remove = statement((db: Kysely<Tables>, p: { id: number }) =>
  db.deleteFrom('search_runs').where('rowid', '=', p.id),
);
const reportsOfRuns = statement((db: Kysely<Tables>, p: { from: number; to: number }) =>
  db
    .insertInto('search_reports')
    .columns(['job', 'execution', 'done'])
    .expression((row) =>
      row
        .selectFrom('test_reports')
        .select(['job', 'execution', sql<number>`0`.as('done')])
        .where('run', '>=', p.from)
        .where('run', '<=', p.to),
    )
    .onConflict((conflict) => conflict.doNothing()),
);
const nextReport = statement((db: Kysely<Tables>, _: object) =>
  db.selectFrom('search_reports').selectAll().orderBy('job', 'desc').orderBy('execution', 'desc').limit(FIRST),
);

/** Which runs are in the index; undefined: none. */
export function indexed(session: Session<Tables>): Promise<Indexed | undefined> {
  return session.one(stateOf, {});
}

/** What is new first, then reports, then what was there before there was an index. See {@link RunSearch.index}. */
export async function indexSome(session: Session<Tables>, seen: SeenTests): Promise<boolean> {
  const state = (await indexed(session)) ?? (await beginIndex(session));
  const fresh = await session.all(newer, { id: state.high });
  if (fresh.length > 0) {
    await insertAll(session, fresh);
    await session.run(advance, { ...state, high: fresh.at(-1)?.id ?? state.high });
    return true;
  }
  const report = await session.one(nextReport, {});
  if (report !== undefined) {
    await indexReport(session, report, seen);
    return true;
  }
  return state.low > 1 && (await indexOlder(session, state));
}

async function indexOlder(session: Session<Tables>, state: Indexed): Promise<boolean> {
  const runs = (await session.all(older, { id: state.low })).reverse(); // FTS5 takes rising ids together
  const low = runs[0]?.id ?? 1;
  await insertAll(session, runs);
  await session.run(reportsOfRuns, { from: low, to: state.low - 1 });
  await session.run(advance, { ...state, low });
  return runs.length > 0;
}

/** The index begins above the newest run, and grows in both directions. */
async function beginIndex(session: Session<Tables>): Promise<Indexed> {
  const high = (await session.one(newest, {}))?.id ?? 0;
  const state = { low: high + 1, high };
  await session.run(begin, state);
  for (const table of ['search_runs', 'search_tests'])
    await sql`insert into ${sql.table(table)} (${sql.ref(table)}, rank) values ('automerge', 0)`.execute(session.db);
  return state;
}

async function insertAll(session: Session<Tables>, runs: readonly (SearchedRun & { readonly id: number })[]) {
  for (const run of runs) await session.run(insert, { id: run.id, text: searchedText(run) });
  await session.command(`insert into search_runs (search_runs, rank) values ('merge', ${MERGE_PAGES})`);
}

/** What is told of a run has changed. */
export async function indexAgain(session: Session<Tables>, id: number): Promise<void> {
  const state = await indexed(session);
  if (state === undefined || id < state.low || id > state.high) return;
  const run = await session.one(one, { id });
  await session.run(remove, { id });
  if (run !== undefined) await session.run(insert, { id, text: searchedText(run) });
}

/** A run is gone. */
export async function indexNoMore(session: Session<Tables>, id: number): Promise<void> {
  await session.run(remove, { id });
}
