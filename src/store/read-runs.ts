import type { ExpressionBuilder, Kysely, Selectable } from 'kysely';
import type { Conclusion, Status } from '../model/conclusion.ts';
import { isLeftOut } from './read-branch.ts';
import type { RunRecord } from './run-record.ts';
import { selectRuns, toRunRecord } from './run-rows.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A run that a commit has already, as far as it identifies one. */
export interface KnownRun {
  readonly id: number;
  readonly workflow: string;
  readonly keyRef: string;
  /** It was skipped: by the policy, or since there was nothing to do. */
  readonly isSkipped: boolean;
  /** It was skipped by the policy or the limit, before its files were read. */
  readonly isLeftOut: boolean;
  /** It is for a purpose of this program's own: other workflows of the commit were not looked at, or it can wait long. */
  readonly isPartial: boolean;
}

/** Filters of the list of runs; all that are given must fit. */
export interface RunFilter {
  readonly repository?: string;
  readonly sha?: string;
  readonly ref?: string;
  readonly status?: Status;
  readonly conclusion?: Conclusion;
  /** Only runs with an id below this one. */
  readonly before?: number;
  /** 1 to 100; default 100. */
  readonly limit?: number;
}

/** Most runs of one page. */
const PAGE = 100;

type Runs = Pick<Tables, 'runs' | 'repositories'>;

const ofCommit = statement((db: Kysely<Tables>, p: { sha: string }) =>
  selectRuns(db).where('runs.sha', '=', p.sha).orderBy('runs.id', 'desc'),
);

const pushedRuns = statement((db: Kysely<Tables>, p: { repository: number; sha: string }) =>
  db
    .selectFrom('runs')
    .select(['id', 'workflow', 'key_ref', 'conclusion', 'tree', 'purpose'])
    .where('sha', '=', p.sha)
    .where('repository', '=', p.repository)
    .where('event', '=', 'push')
    .orderBy('id'),
);

/** Runs that fit, newest first. */
export async function readRuns(session: Session<Tables>, filter: RunFilter): Promise<RunRecord[]> {
  const { repository, before, limit } = filter;
  // of one repository the numbers rise with the ids, and there is an index on them
  let query = selectRuns(session.db)
    .where((row) => row.and(conditionsOf(row, filter)))
    .orderBy(repository === undefined ? 'runs.id' : 'runs.number', 'desc')
    .limit(pageOf(limit));
  if (repository !== undefined) query = query.where('repositories.name', '=', repository);
  if (before !== undefined) query = query.where('runs.id', '<', before);
  return (await query.execute()).map(toRunRecord);
}

/** How many runs a page has. */
export function pageOf(limit = PAGE): number {
  return Math.max(1, Math.min(PAGE, limit));
}

/** What a filter asks of a run itself. */
export function conditionsOf(
  row: ExpressionBuilder<Runs, keyof Runs>,
  { sha, ref, status, conclusion }: Pick<RunFilter, 'sha' | 'ref' | 'status' | 'conclusion'>,
) {
  return [
    ...(sha === undefined ? [] : [beginsWith(row, sha)]),
    ...(ref === undefined ? [] : [row('runs.ref', '=', ref)]),
    ...(status === undefined ? [] : [row('runs.status', '=', status)]),
    ...(status === undefined || status === 'completed' ? [] : [row('runs.completed_at', 'is', null)]),
    ...(conclusion === undefined ? [] : [row('runs.conclusion', '=', conclusion)]),
  ];
}

/** A commit by its beginning, also one that a pull request is at; as ranges, so that indexes answer it. */
function beginsWith(row: ExpressionBuilder<Runs, keyof Runs>, prefix: string) {
  const from = prefix.toLowerCase();
  const within = (column: 'runs.sha' | 'runs.head') => row.and([row(column, '>=', from), row(column, '<', `${from}g`)]);
  return row.or([within('runs.sha'), within('runs.head')]);
}

/** Newest run of every workflow, event, and branch or tag of a commit, over all repositories. */
export async function runsOfCommit(session: Session<Tables>, sha: string): Promise<RunRecord[]> {
  const newest = new Map<string, RunRecord>();
  for (const row of await session.all(ofCommit, { sha })) {
    const key = JSON.stringify([row.repository, row.event, row.ref, row.path ?? row.workflow]);
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

function toKnownRun(row: Pick<Row, 'id' | 'workflow' | 'key_ref' | 'conclusion' | 'tree' | 'purpose'>): KnownRun {
  const { id, workflow, key_ref: keyRef, conclusion, purpose } = row;
  const isPartial = purpose !== null && (keyRef !== '' || conclusion === null);
  return { id, workflow, keyRef, isSkipped: conclusion === 'skipped', isLeftOut: isLeftOut(row), isPartial };
}

type Row = Selectable<Tables['runs']>;
