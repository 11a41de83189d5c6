import type { Kysely } from 'kysely';
import { type EndedJob, needsOf } from '../model/needs.ts';
import type { Need } from '../model/workflow.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const ended = statement((db: Kysely<Tables>, p: { run: number; parent: number }) =>
  db
    .selectFrom('jobs')
    .leftJoin('job_results', 'job_results.job', 'jobs.id')
    .select(['jobs.definition', 'jobs.conclusion', 'jobs.continue_on_error', 'jobs.completed_at'])
    .select(['job_results.outputs'])
    .where('jobs.run', '=', p.run)
    .where('jobs.parent', '=', p.parent)
    .where('jobs.is_former', '=', 0)
    .where('jobs.state', '=', 'completed')
    .orderBy('jobs.id'),
);

/** Results and outputs of the jobs of one file of a run that are over, by id of their definitions. */
export async function readNeeds(session: Session<Tables>, run: number, parent: number): Promise<Record<string, Need>> {
  const rows = await session.all(ended, { run, parent });
  return needsOf(
    rows.map(
      (row): EndedJob => ({
        definition: row.definition ?? '',
        conclusion: row.conclusion ?? 'error',
        continueOnError: row.continue_on_error === 1,
        outputs: row.outputs === null ? {} : JSON.parse(row.outputs),
        completedAt: row.completed_at ?? 0,
      }),
    ),
  );
}

/** Those of some definitions. */
export function needsAmong(all: Readonly<Record<string, Need>>, definitions: readonly string[]): Record<string, Need> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => definitions.includes(id)));
}
