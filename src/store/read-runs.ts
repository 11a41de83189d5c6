import { type ExpressionBuilder, type Kysely, type Selectable, sql } from 'kysely';
import { isLeftOut } from './read-branch.ts';
import { selectRuns, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { KnownRun, RunFilter, RunRecord } from './store.ts';
import type { Tables } from './tables.ts';

/** Most runs of one page. */
const PAGE = 100;

type Runs = Pick<Tables, 'runs' | 'repositories'>;

const ofCommit = statement((db: Kysely<Tables>, p: { sha: string }) =>
  selectRuns(db).where('runs.sha', '=', p.sha).orderBy('runs.id', 'desc'),
);

const pushedRuns = statement((db: Kysely<Tables>, p: { repository: number; sha: string }) =>
  db
    .selectFrom('runs')
    .select(['workflow', 'key_ref', 'conclusion', 'tree', 'purpose'])
    .where('sha', '=', p.sha)
    .where('repository', '=', p.repository)
    .where('event', '=', 'push')
    .orderBy('id'),
);

/** Runs that fit, newest first. */
export async function readRuns(session: Session<Tables>, filter: RunFilter): Promise<RunRecord[]> {
  const { repository, sha, ref, status, conclusion, q, before, limit = PAGE } = filter;
  let query = selectRuns(session.db)
    .orderBy('runs.id', 'desc')
    .limit(Math.max(1, Math.min(PAGE, limit)));
  if (repository !== undefined) query = query.where('repositories.name', '=', repository);
  if (sha !== undefined) query = query.where((row) => beginsWith(row, sha));
  if (ref !== undefined) query = query.where('runs.ref', '=', ref);
  if (status !== undefined) query = query.where('runs.status', '=', status);
  if (status !== undefined && status !== 'completed') query = query.where('runs.completed_at', 'is', null);
  if (conclusion !== undefined) query = query.where('runs.conclusion', '=', conclusion);
  if (q !== undefined && q !== '') query = query.where((row) => contains(row, q));
  if (before !== undefined) query = query.where('runs.id', '<', before);
  return (await query.execute()).map(toRunRecord);
}

/** A commit by its beginning, as a range, so that an index answers it. */
function beginsWith(row: ExpressionBuilder<Runs, keyof Runs>, prefix: string) {
  const from = prefix.toLowerCase();
  return row.and([row('runs.sha', '>=', from), row('runs.sha', '<', `${from}g`)]);
}

/** Text in title, author, branch or workflow, or at the beginning of the commit's id. */
function contains(row: ExpressionBuilder<Runs, keyof Runs>, text: string) {
  const pattern = `%${text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const anywhere = (['runs.title', 'runs.author', 'runs.ref', 'runs.workflow'] as const).map(
    (column) => sql<boolean>`lower(${sql.ref(column)}) like ${pattern} escape '\\'`,
  );
  return row.or(/^[0-9a-f]+$/i.test(text) ? [...anywhere, beginsWith(row, text)] : anywhere);
}

/** Newest run of every workflow of a commit, over all repositories. */
export async function runsOfCommit(session: Session<Tables>, sha: string): Promise<RunRecord[]> {
  const newest = new Map<string, RunRecord>();
  for (const row of await session.all(ofCommit, { sha })) {
    const key = `${row.repository} ${row.workflow}`;
    if (!newest.has(key)) newest.set(key, toRunRecord(row));
  }
  return [...newest.values()];
}

/** The runs that a push made of these commits of a repository. */
export async function knownRuns(
  session: Session<Tables>,
  repository: number,
  shas: readonly string[],
): Promise<Map<string, KnownRun[]>> {
  const known = new Map<string, KnownRun[]>();
  for (const sha of shas) {
    const runs = (await session.all(pushedRuns, { repository, sha })).map(toKnownRun);
    if (runs.length > 0) known.set(sha, runs);
  }
  return known;
}

function toKnownRun(row: Pick<Row, 'workflow' | 'key_ref' | 'conclusion' | 'tree' | 'purpose'>): KnownRun {
  const { workflow, key_ref: keyRef, conclusion, purpose } = row;
  const isPartial = purpose !== null && (keyRef !== '' || conclusion === null);
  return { workflow, keyRef, isSkipped: conclusion === 'skipped', isLeftOut: isLeftOut(row), isPartial };
}

type Row = Selectable<Tables['runs']>;
