import type { Kysely } from 'kysely';
import type { JobInRun } from '../model/expansion.ts';
import type { StoreParts } from './parts.ts';
import { needsAmong, readNeeds } from './read-needs.ts';
import { contextOf, scopeOf } from './run-context.ts';
import { type Session, statement } from './statement.ts';
import type { Tables } from './tables.ts';

const leg = statement((db: Kysely<Tables>, p: { job: number }) =>
  db.selectFrom('legs').select(['matrix', 'strategy', 'environment']).where('job', '=', p.job),
);

/** What the contexts of a workflow's job are made of, as things stand when it is given to a runner. */
export async function workflowOf(
  session: Session<Tables>,
  parts: StoreParts,
  job: {
    readonly id: number;
    readonly run: number;
    readonly parent: number;
    readonly definition: string | null;
    readonly needs: string;
  },
): Promise<JobInRun> {
  const context = await contextOf(session, parts, job.run);
  if (context === undefined || job.definition === null) throw new Error(`job ${job.id} is of no workflow file`);
  const needs: string[] = JSON.parse(job.needs);
  const { matrix = '{}', strategy = '{}', environment = null } = (await session.one(leg, { job: job.id })) ?? {};
  return {
    run: context.facts,
    job: job.definition,
    scope: await scopeOf(session, parts, context, job.parent),
    matrix: JSON.parse(matrix),
    strategy: JSON.parse(strategy),
    needs: needs.length === 0 ? {} : needsAmong(await readNeeds(session, job.run, job.parent), needs),
    ...(environment === null ? {} : { environment }),
  };
}
