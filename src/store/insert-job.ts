import type { Kysely, Selectable } from 'kysely';
import type { JobSpec } from '../model/plan.ts';
import { insertRowWithId } from './insert-row.ts';
import { statement } from './statement.ts';
import type { Tables } from './tables.ts';

/** Inserts a job of found tests; what is not named has its default. */
export const insertFound = insertRowWithId(
  'jobs',
  ...(['run', 'key', 'name', 'needs', 'spec', 'lane', 'rank', 'state', 'execution', 'lost', 'queued_at'] as const),
);

/** What is said of a job of a workflow file when it is made. */
export type GraphJob = Pick<
  Selectable<Tables['jobs']>,
  | ('run' | 'key' | 'name' | 'needs' | 'spec' | 'lane' | 'rank' | 'state' | 'queued_at' | 'kind' | 'definition')
  | ('parent' | 'position' | 'is_expanded' | 'continue_on_error' | 'fail_fast' | 'max_parallel' | 'turn')
>;

/** Inserts a job of a workflow file. No id: a job of the run has this key already. */
export const insertGraphJob = statement((db: Kysely<Tables>, p: GraphJob) =>
  db
    .insertInto('jobs')
    .values({
      ...{ run: p.run, key: p.key, name: p.name, needs: p.needs, spec: p.spec, lane: p.lane, rank: p.rank },
      ...{ state: p.state, queued_at: p.queued_at, execution: 0, lost: 0, kind: p.kind, definition: p.definition },
      ...{ parent: p.parent, position: p.position, is_expanded: p.is_expanded, turn: p.turn },
      ...{ continue_on_error: p.continue_on_error, fail_fast: p.fail_fast, max_parallel: p.max_parallel },
    })
    .onConflict((conflict) => conflict.columns(['run', 'key']).doNothing())
    .returning('id'),
);

/** Of jobs that no runner gets: definitions that are not expanded, and calls. */
export const NO_SPEC: JobSpec = {
  ...{ found: '', checkout: false, steps: [], env: {}, envPass: [], timeoutMs: 1, logLimitBytes: 1, exclusive: false },
};
