import * as z from 'zod';
import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';
import { reporterSummarySchema } from './reporter-summary.ts';

/*
 * What the API answers, described once: for `/api/openapi.json`, for whoever reads the answers, and for the tests that hold
 * real answers against it. Loose: a newer server may say more than a reader knows.
 */

const text = z.string();
const count = z.int().min(0);
const time = z.iso.datetime().describe('ISO 8601 with milliseconds, UTC');
const maybeTime = time.nullable();
const conclusion = z.enum(CONCLUSIONS);
const status = z.enum(STATUSES);
const exit = { exit_code: z.int().nullable(), signal: text.nullable() };

/** An answer that says no. */
export const errorAnswer = z
  .looseObject({ error: z.looseObject({ code: text.regex(/^E_[A-Z_]+$/), message: text }) })
  .describe('docs/errors.md explains the codes');

export const runAnswer = z.looseObject({
  id: count,
  number: count.describe('counts up per repository'),
  repository: text,
  workflow: text,
  event: text,
  trigger: text.describe('who told first'),
  sources: z.array(text).describe('all who told'),
  ref: text,
  sha: text,
  title: text,
  author: text,
  status,
  conclusion: conclusion.nullable(),
  reason: text.nullable(),
  purpose: text.nullable(),
  reused_from: z.looseObject({ run: count.nullable(), number: count.nullable() }).nullable(),
  attempt: z.int().min(1),
  retried: z.boolean(),
  held: text.nullable().describe('why it waits for a person'),
  approved_by: text.nullable(),
  approved_at: maybeTime,
  asked_by: text.nullable().describe('who asked for this attempt, as they called themselves'),
  path: text.nullable(),
  actor: text.nullable(),
  created_at: time,
  committed_at: maybeTime,
  received_at: maybeTime,
  dispatched_at: maybeTime,
  started_at: maybeTime,
  completed_at: maybeTime,
  html_url: z.url(),
});

const step = z.looseObject({
  ...{ index: count, name: text, status, conclusion: conclusion.nullable(), ...exit },
  ...{ started_at: maybeTime, completed_at: maybeTime, log_offset: count },
});

const execution = z.looseObject({
  number: z.int().min(1).describe('the fencing token'),
  runner: text,
  outcome: z.enum(['finished', 'lost', 'stale', 'returned']).nullable(),
  ...{ conclusion: conclusion.nullable(), reason: text.nullable(), ...exit },
  ...{ leased_at: time, started_at: maybeTime, completed_at: maybeTime },
  ...{ log_bytes: count, log_bytes_dropped: count, leftovers: z.array(text) },
  log_removed_at: maybeTime.describe('since when retention does not keep its log any more'),
});

const remark = z.looseObject({
  level: z.enum(['error', 'warning', 'notice']),
  message: text,
  ...{ title: text.optional(), file: text.optional(), line: count.optional(), endLine: count.optional() },
  ...{ column: count.optional(), endColumn: count.optional(), step: count.optional() },
});

export const jobAnswer = z.looseObject({
  definition: text.nullable().describe('id of the job in its workflow file'),
  ...{ id: count, key: text, name: text, needs: z.array(text), labels: z.array(text), runner: text.nullable() },
  ...{ status, conclusion: conclusion.nullable(), reason: text.nullable() },
  executions: count.describe('number of the newest one'),
  retried: z.boolean(),
  waiting_for: text.optional(),
  ...{ queued_at: maybeTime, started_at: maybeTime, completed_at: maybeTime },
  ...{ steps: z.array(step), execution_details: z.array(execution), log_url: z.url() },
  ...{ kind: z.enum(['job', 'call']), parent: count.nullable(), matrix: z.record(text, z.unknown()).nullable() },
  ...{ environment: text.nullable(), continue_on_error: z.boolean(), outputs: z.record(text, text) },
  ...{ annotations: z.array(remark), summary: text.nullable() },
});

const attempt = z.looseObject({
  ...{ attempt: z.int().min(1), conclusion: conclusion.nullable(), reason: text.nullable() },
  ...{ started_at: maybeTime, completed_at: maybeTime, asked_by: text.nullable() },
});

const breakage = z.looseObject({
  ...{ run: count, number: count, sha: text, author: text, title: text },
  ...{ commits_ago: count, untested: count, is_certain: z.boolean() },
  at: time,
  last_good: z.looseObject({ run: count, sha: text, at: time }).nullable().describe('the last commit that passed'),
});

const artifact = z.looseObject({
  ...{ id: count, name: text, size_bytes: count, digest: text, created_at: time, expires_at: time, url: z.url() },
});

const annotation = z.looseObject({
  ...{ job: count, job_name: text, level: text, title: text.nullable(), message: text, file: text.nullable() },
  ...{ line: count.nullable(), end_line: count.nullable(), column: count.nullable(), end_column: count.nullable() },
  step: count.nullable(),
});

export const testAnswer = z.looseObject({
  ...{ job: count, job_name: text, execution: count, suite: text, name: text },
  conclusion: z.enum(['success', 'failure', 'skipped']),
  ...{ duration_ms: z.number().nullable(), message: text.nullable(), file: text.nullable(), line: count.nullable() },
  ...{ flaky: z.boolean(), recovered: z.boolean() },
});
const history = z.looseObject({ failed: count, runs: count, failed_tries: count, tries: count });

const tests = z.looseObject({
  ...{ total: count, passed: count, failed: count, skipped: count, flaky: count },
  cases: z
    .array(testAnswer.extend({ history, new: z.boolean().nullable().describe('it passed at the commit before') }))
    .describe('those that failed, then those that recovered; 100 at most'),
});

export const runDetailAnswer = runAnswer.extend({
  broken_since: breakage.nullable(),
  jobs: z.array(jobAnswer),
  attempts: z.array(attempt).describe('before the present one'),
  differences: z.array(text),
  annotations: z.array(annotation),
  tests: tests.nullable(),
  artifacts: z.array(artifact),
});

const next = count.nullable().describe('what to ask the next page with; null: there is none');
/** A page of a list. */
function listOf<Item extends z.ZodType>(name: string, item: Item) {
  return z.looseObject({ [name]: z.array(item), total: count, next });
}

/** `tests`: by whose names runs were found; `failed`: in that run, else it was the last one to have it. */
const foundTest = z.looseObject({ run: z.number(), suite: text, name: text, failed: z.boolean() });
export const runsAnswer = z.looseObject({ runs: z.array(runAnswer), next, tests: z.array(foundTest) });
export const rerunAnswer = runAnswer.extend({ rerun: z.array(text), kept: z.array(text) });
export const cancelAnswer = runAnswer.extend({
  ...{ forced: z.boolean(), ended: z.array(text), stopping: z.array(text), kept: z.array(text) },
});
export const testsAnswer = listOf('tests', testAnswer);
export const flakyAnswer = listOf(
  'tests',
  z.looseObject({
    ...{ workflow: text, job: text, suite: text, name: text, flaky: z.literal(true), times: count },
    ...{ first_at: time, last_at: time, last_run: count, history },
  }),
);

export const queueAnswer = listOf(
  'jobs',
  z.looseObject({
    ...{ job: count, name: text, repository: text, run: count, run_number: count, sha: text, ref: text, title: text },
    ...{ labels: z.array(text), executions: count, queued_at: maybeTime, waiting_for: text, html_url: z.url() },
  }),
);

export const logLinesAnswer = z.looseObject({
  execution: count,
  lines: z.array(z.looseObject({ n: count, text, cut: count.optional(), at: maybeTime })),
  ...{ total_lines: count, bytes: count },
});
export const logOutlineAnswer = z.looseObject({
  ...{ execution: count, total_lines: count, bytes: count, is_complete: z.boolean() },
  steps: z.array(z.looseObject({ index: count, line: count })),
  groups: z.array(z.looseObject({ line: count, end: count.nullable(), title: text })),
  ...{ failures: z.array(count), first_failure: count.nullable() },
});
export const logSearchAnswer = z.looseObject({
  execution: count,
  q: text,
  lines: z.array(count),
  is_capped: z.boolean(),
});

export const repositoryAnswer = z.looseObject({
  ...{ id: count, name: text, sources: z.array(text), git_dir: text.nullable(), created_at: time },
  webhook_url: z.url(),
  credential: z.enum(['token', 'ssh-key']).nullable().optional().describe('its own way in, never its value'),
});
export const repositoryDetailAnswer = repositoryAnswer.extend({
  default_branch: text.nullable(),
  schedules: z.array(z.looseObject({ workflow: text, path: text, cron: text, timezone: text, next_at: maybeTime })),
  verdict: z
    .looseObject({
      ...{ ref: text, state: z.enum(['green', 'broken', 'untested']), since: time },
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
export const dispatchedAnswer = z.union([
  runAnswer,
  z.looseObject({ runs: z.array(runAnswer), note: text.nullable() }),
]);

export const runnerAnswer = z.looseObject({
  ...{ name: text, labels: z.array(text), slots: count, state: z.enum(['idle', 'busy', 'draining', 'lost']) },
  can_resume: z.boolean().describe('it drains, and can be taken back'),
  ...{ protocol: z.enum(['native', 'classic']), host: text, version: text, connected_at: time, last_heard_at: time },
  executions: z.array(z.looseObject({ job: count, execution: count, since: time })),
});
export const runnersAnswer = listOf('runners', runnerAnswer);

const scoped = {
  name: text,
  repository: text.nullable(),
  environment: text.nullable(),
  created_at: time,
  updated_at: time,
};
export const secretsAnswer = listOf('secrets', z.looseObject({ ...scoped, readable: z.boolean() }));
export const variablesAnswer = listOf('variables', z.looseObject({ ...scoped, value: text }));
export const setAnswer = z.looseObject({ name: text, repository: text.optional(), environment: text.optional() });

export const deliveryAnswer = z.looseObject({
  ...{ id: text, received_at: time, forge: text, event: text, trigger: text, repository: text },
  ...{ ref: text.nullable(), before: text.nullable(), after: text.nullable() },
  ...{ headers: z.record(text, z.unknown()), bytes: count, answer: count },
  status: z.enum(['pending', 'processed', 'ignored', 'failed']),
  ...{ outcome: text.nullable(), error: text.nullable(), tries: count, processed_at: maybeTime },
});
export const deliveriesAnswer = listOf('deliveries', deliveryAnswer);
export const deliveryDetailAnswer = deliveryAnswer.extend({ payload: z.unknown() });
export const redeliveredAnswer = z.looseObject({ delivery: text });
export const acceptedAnswer = z.looseObject({ delivery: text, runs_url: z.url() });
export const verdictAnswer = z.looseObject({ repository: text, tree: text, workflow: text });
export const loginLinkAnswer = z.looseObject({ url: z.url() });
export const reporterAnswer = z.looseObject({
  reporter: reporterSummarySchema.extend({ heard_at: time, is_silent: z.boolean() }).nullable(),
});
const rule = z.looseObject({
  ...{ number: z.int().min(1), kind: text, to: text, on: z.array(text), branches: z.array(text).nullable() },
  ...{ quiet: text.nullable(), digest: text.nullable(), per_hour: z.int().min(1).nullable() },
});
export const notificationsAnswer = listOf(
  'repositories',
  z.looseObject({ repository: text, own: z.boolean(), rules: z.array(rule) }),
).extend({ mail: z.looseObject({ smtp: text, from: text, user: text.nullable() }).nullable() });
export const notificationTestAnswer = z.looseObject({
  results: z.array(z.looseObject({ rule: z.int(), to: text, sent: z.boolean(), error: text.nullable() })),
});
export const githubAppAnswer = z.looseObject({
  app: z
    .looseObject({
      ...{ id: count, slug: text, name: text, html_url: z.url(), install_url: z.url() },
      ...{ has_webhook: z.boolean(), created_at: text },
    })
    .nullable(),
});
export const githubManifestAnswer = z.looseObject({ page_url: z.url(), action: z.url(), manifest: z.looseObject({}) });
export const healthAnswer = z.looseObject({ status: z.enum(['ok', 'ready']) });

/** The secret of the webhooks of a repository. */
export const webhookSecretAnswer = z.object({ secret: z.string() });

/** What our own door answered to a signed ping. */
export const webhookPingAnswer = z.object({ status: z.number().int(), accepted: z.boolean() });
