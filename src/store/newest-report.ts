import type { Kysely } from 'kysely';
import { FIRST, type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';
import { endsOf, unpackTests } from './test-pack.ts';

/** A job by what it is called in its workflow, over all runs. */
export interface ReportPlace {
  readonly repository: number;
  readonly workflow: string;
  readonly job_key: string;
}

const newest = statement((db: Kysely<Tables>, p: ReportPlace) =>
  db
    .selectFrom('test_reports')
    .select(['run', 'cases'])
    .where('repository', '=', p.repository)
    .where('workflow', '=', p.workflow)
    .where('job_key', '=', p.job_key)
    .orderBy('run', 'desc')
    .limit(FIRST),
);

/** The newest run of a job that reported tests, and these by `testKey`; undefined: none has. */
export async function newestReport(session: Session<Tables>, place: ReportPlace) {
  const row = await session.one(newest, place);
  return row && { run: row.run, names: new Set(endsOf(unpackTests(row.cases)).keys()) };
}
