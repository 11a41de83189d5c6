import type { Kysely, Selectable } from 'kysely';
import type { RunRecord } from './run-record.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A run with the name of its repository. */
export type RunRow = Selectable<Tables['runs']> & { readonly repository_name: string };

/** Runs with the names of their repositories; the beginning of every query for runs. */
export function selectRuns(db: Kysely<Tables>) {
  return db
    .selectFrom('runs')
    .innerJoin('repositories', 'repositories.id', 'runs.repository')
    .selectAll('runs')
    .select('repositories.name as repository_name');
}

const byId = statement((db: Kysely<Tables>, p: { id: number }) => selectRuns(db).where('runs.id', '=', p.id));

/** A run, if there is one. */
export async function findRun(session: Session<Tables>, id: number): Promise<RunRow | undefined> {
  return session.one(byId, { id });
}

/** The columns that people see. */
export const RECORD = [
  ...(['id', 'number', 'workflow', 'event', 'trigger', 'ref', 'sha', 'title', 'author', 'status'] as const),
  ...([
    'conclusion',
    'reason',
    'attempt',
    'path',
    'actor',
    'sources',
    'repository',
    'created_at',
    'purpose',
    'reused_from',
  ] as const),
  ...(['committed_at', 'received_at', 'dispatched_at', 'started_at', 'completed_at', 'occurrence', 'retried'] as const),
  ...(['held', 'approved_at', 'approved_by', 'asked_by', 'head'] as const),
] as const;

/** The run of a row. */
export function toRunRecord(row: Pick<RunRow, (typeof RECORD)[number] | 'repository_name'>): RunRecord {
  const { id, number, workflow, event, trigger, ref, sha, title, author, status, conclusion, reason, attempt } = row;
  const { path, actor, purpose } = row;
  return {
    ...{ id, number, workflow, event, trigger, ref, sha, title, author, status, conclusion, reason, attempt },
    ...{ path, actor, purpose, held: row.held, approvedBy: row.approved_by, approvedAt: toDate(row.approved_at) },
    askedBy: row.asked_by,
    head: row.head,
    isRetried: row.retried === 1,
    reusedFrom: row.reused_from === null ? null : JSON.parse(row.reused_from),
    repository: row.repository_name,
    occurrence: row.occurrence,
    repositoryId: row.repository,
    sources: JSON.parse(row.sources),
    createdAt: new Date(row.created_at),
    committedAt: new Date(row.committed_at),
    receivedAt: new Date(row.received_at),
    dispatchedAt: new Date(row.dispatched_at),
    startedAt: toDate(row.started_at),
    completedAt: toDate(row.completed_at),
  };
}

/** What an event says of a run. */
export function runEventData(run: Pick<RunRow, 'number' | 'sha' | 'title' | 'ref' | 'workflow' | 'trigger'>) {
  const { number, sha, title, ref, workflow, trigger } = run;
  return { number, sha, title, ref, workflow, trigger };
}

/** A date, or null where there is none. */
export function toDate(instant: number | null): Date | null {
  return instant === null ? null : new Date(instant);
}
