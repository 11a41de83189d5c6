import * as z from 'zod';
import { count, listOf, maybeTime, next, text, time } from './answer-fields.ts';
import { breakage } from './breakage.ts';

export const repositoryAnswer = z.looseObject({
  ...{ id: count, name: text, sources: z.array(text), git_dir: text.nullable(), created_at: time },
  is_missing: z.boolean().describe('Its folder of this machine is not there (any more).'),
  webhook_url: z.url(),
  credential: z.enum(['token', 'ssh-key']).nullable().optional().describe('its own way in, never its value'),
});

export const repositoryDetailAnswer = repositoryAnswer.extend({
  default_branch: text.nullable(),
  schedules: z.array(z.looseObject({ workflow: text, path: text, cron: text, timezone: text, next_at: maybeTime })),
  verdict: z
    .looseObject({
      ...{ ref: text, state: z.enum(['green', 'broken', 'untested']), since: time },
      workflows: count.describe('how many are in that state'),
      broken_since: breakage.nullable(),
    })
    .nullable(),
  reuse: z.looseObject({ runs: count, saved_ms: count, would_save_runs: count, would_save_ms: count }),
});

export const repositoriesAnswer = listOf('repositories', repositoryDetailAnswer);

/** Of a commit or a branch: a conclusion, or what comes before it. */
const light = text;

const shownCommit = { run: count, title: text, author: text, at: time, state: light };

export const homeAnswer = listOf(
  'repositories',
  z.looseObject({
    ...{ id: count, name: text, ref: text.nullable(), state: z.enum(['green', 'broken', 'untested']).nullable() },
    since: z
      .looseObject({ at: time, run: count, sha: text, author: text, title: text, is_longer: z.boolean() })
      .nullable(),
    workflows: count.describe('how many are in that state; 0 where there is none'),
    broken_since: breakage.nullable(),
    failure: z
      .looseObject({ run: count, job: count.nullable(), file: text.nullable(), line: count.nullable(), message: text })
      .nullable(),
    newest: z.looseObject(shownCommit).nullable(),
    branches: z.array(z.looseObject({ ref: text, name: text, state: light })),
    ...{ more_branches: count, commits: z.array(light), first_bad: count.nullable() },
    running: z
      .looseObject({
        ...{ run: count, number: count, ref: text, branch: text, started_at: maybeTime },
        ...{ usual_ms: z.number().nullable(), others: count },
      })
      .nullable(),
    waiting: z.looseObject({ jobs: count, run: count, reason: text }).nullable(),
    active_at: maybeTime,
  }),
);

export const commitsAnswer = z.looseObject({
  commits: z.array(
    z.looseObject({
      ...{ ...shownCommit, number: count, sha: text, started_at: maybeTime },
      ...{ duration_ms: z.number().nullable(), usual_ms: z.number().nullable() },
    }),
  ),
  next,
});

export const addedRepositoryAnswer = repositoryAnswer.extend({ secret: text.describe('told only here') });

export const removedRepositoryAnswer = z.looseObject({
  removed: text.describe('its full name'),
  deleted: z
    .looseObject({ secrets: count, variables: count, credential: z.boolean() })
    .describe('What went with it; those of its environments count, too.'),
});
export type RemovedRepository = z.infer<typeof removedRepositoryAnswer>;
