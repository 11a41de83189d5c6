import type { Kysely } from 'kysely';
import type { FinishedExecution } from './finished-execution.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const save = statement((db: Kysely<Tables>, p: Tables['job_results']) =>
  db
    .insertInto('job_results')
    .values({ job: p.job, outputs: p.outputs, annotations: p.annotations, summary: p.summary })
    .onConflict((conflict) =>
      conflict.column('job').doUpdateSet((row) => ({
        outputs: row.ref('excluded.outputs'),
        annotations: row.ref('excluded.annotations'),
        summary: row.ref('excluded.summary'),
      })),
    ),
);
const forget = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.deleteFrom('job_results').where('job', '=', p.job),
);

/** Keeps what a job said beyond its verdict; nothing is written where it said nothing. */
export async function saveResults(
  session: Session<Tables>,
  { job, outputs = {}, annotations = [], summary }: FinishedExecution,
): Promise<void> {
  if (Object.keys(outputs).length === 0 && annotations.length === 0 && summary === undefined) return;
  const texts = { outputs: JSON.stringify(outputs), annotations: JSON.stringify(annotations) };
  await session.run(save, { job, ...texts, summary: summary ?? null });
}

/** Keeps the outputs of a call. */
export async function saveOutputs(
  session: Session<Tables>,
  job: number,
  outputs: Readonly<Record<string, string>>,
): Promise<void> {
  if (Object.keys(outputs).length === 0) return;
  await session.run(save, { job, outputs: JSON.stringify(outputs), annotations: '[]', summary: null });
}

/** A job is tried again: what it said does not count any more. */
export async function forgetResults(session: Session<Tables>, job: number): Promise<void> {
  await session.run(forget, { job });
}
