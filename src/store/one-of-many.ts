import { type Kysely, sql } from 'kysely';
import type { Conclusion } from '../model/conclusion.ts';
import { isFailure } from '../model/run.ts';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Exported for the test that looks at its plan. */
export const openSibling = statement((db: Kysely<Tables>, p: { id: number; isFailure: number }) =>
  db
    .selectFrom('jobs as own')
    .innerJoin('jobs as other', (join) =>
      join
        .onRef('other.run', '=', 'own.run')
        .onRef('other.parent', '=', 'own.parent')
        .onRef('other.definition', '=', 'own.definition'),
    )
    .select('other.id')
    .where('own.id', '=', p.id)
    .where('own.max_parallel', 'is', null)
    .where('own.turn', 'is', null)
    .where((row) =>
      row.or([row(row.val(p.isFailure), '=', 0), row('own.fail_fast', '=', 0), row('own.continue_on_error', '=', 1)]),
    )
    .where(sql<boolean>`other.state != 'completed'`) // as the index says it
    .limit(FIRST),
);

/**
 * Does nothing follow from the end of this job, since another leg of its matrix is open, and it leaves no place or turn to
 * anybody? What `advance` would find too, but it looks at all jobs of the run: with a matrix of 200 that costs ten times
 * as much as everything else that a result does.
 */
export async function isOneOfMany(session: Session<Tables>, job: number, conclusion: Conclusion): Promise<boolean> {
  return (await session.one(openSibling, { id: job, isFailure: isFailure(conclusion) ? 1 : 0 })) !== undefined;
}
