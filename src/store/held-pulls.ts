import type { Kysely } from 'kysely';
import type { StoreParts } from './parts.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** A run that waits for a person's word about a pull request. */
export interface HeldRun {
  readonly id: number;
  /** Path of its workflow file. */
  readonly path: string | null;
  /** The commit that its pull request was at. */
  readonly head: string;
}

const heldRuns = statement((db: Kysely<Tables>, p: { repository: number }) =>
  db
    .selectFrom('runs')
    .select(['id', 'path', 'sha', 'head', 'payload'])
    .where('completed_at', 'is', null) // few at any time, and there is an index of them
    .where('repository', '=', p.repository)
    .where('held', 'is not', null)
    .orderBy('id'),
);

/** The runs of a repository that wait for a person's word and are of this pull request, oldest first. */
export async function heldRunsOfPull(
  session: Session<Tables>,
  { documents }: Pick<StoreParts, 'documents'>,
  repository: number,
  number: number,
): Promise<readonly HeldRun[]> {
  const found: HeldRun[] = [];
  for (const { id, path, sha, head, payload } of await session.all(heldRuns, { repository }))
    if (payload !== null && numberOf(await documents.read(session, payload)) === number)
      found.push({ id, path, head: head ?? sha });
  return found;
}

function numberOf(payload: unknown): unknown {
  return (payload as { readonly pull_request?: { readonly number?: unknown } | null }).pull_request?.number;
}
