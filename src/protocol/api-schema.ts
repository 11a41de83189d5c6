import * as z from 'zod';
import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';

/*
 * What the command line and the reporter read of the answers that the files `*-answers.ts` describe; a test holds one against the other. Loose: a newer
 * server may say more, and `--json` passes it on; an older one may say less.
 */

const step = z.looseObject({
  name: z.string(),
  status: z.enum(STATUSES),
  conclusion: z.enum(CONCLUSIONS).nullable(),
  exit_code: z.number().nullable().optional(),
  signal: z.string().nullable().optional(),
  started_at: z.string().nullable().optional(),
  completed_at: z.string().nullable().optional(),
  /** Where its part of the log begins, in bytes. */
  log_offset: z.number().nullable().optional(),
});

const job = z.looseObject({
  id: z.number(),
  name: z.string(),
  runner: z.string().nullable(),
  status: z.enum(STATUSES),
  conclusion: z.enum(CONCLUSIONS).nullable(),
  reason: z.string().nullable().optional(),
  waiting_for: z.string().nullable().optional(),
  steps: z.array(step).optional(),
  /** Number of the newest one; 0: none yet. */
  executions: z.number(),
  execution_details: z
    .array(
      z.looseObject({
        number: z.number(),
        runner: z.string(),
        outcome: z.string().nullable(),
        reason: z.string().nullable(),
        log_bytes: z.number(),
      }),
    )
    .optional(),
  retried: z.boolean().optional(),
  started_at: z.string().nullable().optional(),
  completed_at: z.string().nullable().optional(),
  /** Of one leg of a matrix. */
  matrix: z.record(z.string(), z.unknown()).nullable().optional(),
  continue_on_error: z.boolean().optional(),
  annotations: z
    .array(
      z.looseObject({
        level: z.enum(['error', 'warning', 'notice']),
        message: z.string(),
        title: z.string().optional(),
        file: z.string().optional(),
        line: z.number().optional(),
      }),
    )
    .optional(),
});

/** Since when a branch is broken. */
const brokenSince = z.looseObject({
  run: z.number().optional(),
  number: z.number().optional(),
  sha: z.string(),
  title: z.string().optional(),
  author: z.string(),
  commits_ago: z.number(),
  untested: z.number(),
  is_certain: z.boolean(),
});

const run = z.looseObject({
  id: z.number(),
  number: z.number(),
  repository: z.string(),
  workflow: z.string(),
  event: z.string(),
  trigger: z.string(),
  sources: z.array(z.string()),
  ref: z.string(),
  sha: z.string(),
  title: z.string(),
  author: z.string(),
  status: z.enum(STATUSES),
  conclusion: z.enum(CONCLUSIONS).nullable(),
  reason: z.string().nullable().optional(),
  /** Of its workflow file. */
  path: z.string().nullable().optional(),
  actor: z.string().nullable().optional(),
  /** The commit that its pull request is at, where `sha` is another one. */
  head_sha: z.string().nullable().optional(),
  purpose: z.string().nullable().optional(),
  attempt: z.number(),
  retried: z.boolean().optional(),
  html_url: z.string(),
  created_at: z.string(),
  committed_at: z.string().nullable().optional(),
  received_at: z.string().nullable().optional(),
  dispatched_at: z.string().nullable().optional(),
  started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
});

export const runsSchema = z.looseObject({ runs: z.array(run), next: z.unknown().optional() });
const test = z.looseObject({
  job_name: z.string(),
  suite: z.string(),
  name: z.string(),
  conclusion: z.string(),
  message: z.string().nullable(),
  file: z.string().nullable(),
  line: z.number().nullable(),
  flaky: z.boolean(),
  recovered: z.boolean(),
  history: z.object({ failed: z.number(), runs: z.number(), failed_tries: z.number(), tries: z.number() }),
});

const tests = z.looseObject({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  flaky: z.number(),
  /** Those that failed, then those that recovered. */
  cases: z.array(test),
});

/** A remark on a line of the code, of any job of the run. */
const remark = z.looseObject({
  level: z.enum(['error', 'warning', 'notice']),
  message: z.string(),
  title: z.string().nullish(),
  file: z.string().nullish(),
  line: z.number().nullish(),
  end_line: z.number().nullish(),
});

export const runSchema = run.extend({
  jobs: z.array(job),
  annotations: z.array(remark).optional(),
  differences: z.array(z.string()).optional(),
  tests: tests.nullable().optional(),
  broken_since: brokenSince.nullable().optional(),
});

export const repositorySchema = z.looseObject({
  id: z.number(),
  name: z.string(),
  sources: z.array(z.string()),
  git_dir: z.string().nullable().optional(),
  secret: z.string().optional(),
  is_missing: z.boolean().optional(),
  webhook_url: z.string().optional(),
  default_branch: z.string().nullable().optional(),
  schedules: z
    .array(
      z.looseObject({ workflow: z.string(), cron: z.string(), timezone: z.string(), next_at: z.string().nullable() }),
    )
    .optional(),
  verdict: z
    .looseObject({
      ref: z.string(),
      state: z.enum(['green', 'broken', 'untested']),
      broken_since: brokenSince.nullable(),
    })
    .nullable()
    .optional(),
  reuse: z
    .looseObject({
      ...{ runs: z.number(), saved_ms: z.number(), would_save_runs: z.number(), would_save_ms: z.number() },
    })
    .optional(),
});
export const repositoriesSchema = z.looseObject({ repositories: z.array(repositorySchema) });

export const queueSchema = z.looseObject({
  jobs: z.array(
    z.looseObject({
      job: z.number(),
      run: z.number(),
      run_number: z.number(),
      repository: z.string(),
      name: z.string(),
      sha: z.string(),
      title: z.string(),
      waiting_for: z.string().nullable(),
      queued_at: z.string().nullable(),
    }),
  ),
  total: z.number(),
});

export const runnersSchema = z.looseObject({
  runners: z.array(
    z.looseObject({
      name: z.string(),
      labels: z.array(z.string()),
      slots: z.number(),
      state: z.string(),
      low_disk: z.looseObject({ folder: z.string(), free_bytes: z.number(), floor_bytes: z.number() }).nullish(),
      host: z.string(),
      version: z.string(),
      executions: z.array(z.looseObject({ job: z.number(), since: z.string().optional() })),
    }),
  ),
});

export const deliveriesSchema = z.looseObject({
  deliveries: z.array(
    z.looseObject({
      id: z.string(),
      event: z.string(),
      repository: z.string(),
      ref: z.string().nullable(),
      trigger: z.string(),
      status: z.string(),
      outcome: z.string().nullable(),
      error: z.string().nullable(),
      received_at: z.string(),
    }),
  ),
  total: z.number().optional(),
});

export const refusedSchema = z.looseObject({
  refused: z.array(
    z.looseObject({
      received_at: z.string(),
      times: z.number(),
      message: z.string(),
      answer: z.number(),
      forge: z.string().nullable(),
      event: z.string().nullable(),
      repository: z.string().nullable(),
    }),
  ),
});

export const eventSchema = z.looseObject({
  id: z.number(),
  at: z.string(),
  type: z.string(),
  repository: z.string().nullable(),
  run: z.number().nullable(),
  job: z.number().nullable(),
  data: z.record(z.string(), z.unknown()),
});

export type ApiBrokenSince = z.infer<typeof brokenSince>;
export type ApiRun = z.infer<typeof run>;
export type ApiRunDetail = z.infer<typeof runSchema>;
export type ApiTests = z.infer<typeof tests>;
export type ApiJob = z.infer<typeof job>;
export type ApiEvent = z.infer<typeof eventSchema>;
export type ApiRepository = z.infer<typeof repositorySchema>;
