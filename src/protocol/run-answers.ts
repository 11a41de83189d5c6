import * as z from 'zod';
import { conclusion, count, exit, maybeTime, next, status, text, time } from './answer-fields.ts';
import { breakage } from './breakage.ts';
import { tests } from './test-answers.ts';

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
  head_sha: text.nullable().describe('the commit that its pull request is at, where `sha` is another one'),
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

const artifact = z.looseObject({
  ...{ id: count, name: text, size_bytes: count, digest: text, created_at: time, expires_at: time, url: z.url() },
});

const annotation = z.looseObject({
  ...{ job: count, job_name: text, level: text, title: text.nullable(), message: text, file: text.nullable() },
  ...{ line: count.nullable(), end_line: count.nullable(), column: count.nullable(), end_column: count.nullable() },
  step: count.nullable(),
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

/** `tests`: by whose names runs were found; `failed`: in that run, else it was the last one to have it. */
const foundTest = z.looseObject({ run: z.number(), suite: text, name: text, failed: z.boolean() });

export const runsAnswer = z.looseObject({ runs: z.array(runAnswer), next, tests: z.array(foundTest) });

export const rerunAnswer = runAnswer.extend({ rerun: z.array(text), kept: z.array(text) });

export const cancelAnswer = runAnswer.extend({
  ...{ forced: z.boolean(), ended: z.array(text), stopping: z.array(text), kept: z.array(text) },
});

export const dispatchedAnswer = z.union([
  runAnswer,
  z.looseObject({ runs: z.array(runAnswer), note: text.nullable() }),
]);
