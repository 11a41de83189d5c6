import * as z from 'zod';
import { count, listOf, text, time } from './answer-fields.ts';

export const testAnswer = z.looseObject({
  ...{ job: count, job_name: text, execution: count, suite: text, name: text },
  conclusion: z.enum(['success', 'failure', 'skipped']),
  ...{ duration_ms: z.number().nullable(), message: text.nullable(), file: text.nullable(), line: count.nullable() },
  ...{ flaky: z.boolean(), recovered: z.boolean() },
});

const history = z.looseObject({ failed: count, runs: count, failed_tries: count, tries: count });

/** What a run says of its tests. */
export const tests = z.looseObject({
  ...{ total: count, passed: count, failed: count, skipped: count, flaky: count },
  cases: z
    .array(testAnswer.extend({ history, new: z.boolean().nullable().describe('it passed at the commit before') }))
    .describe('those that failed, then those that recovered; 100 at most'),
});

export const testsAnswer = listOf('tests', testAnswer);

export const flakyAnswer = listOf(
  'tests',
  z.looseObject({
    ...{ workflow: text, job: text, suite: text, name: text, flaky: z.literal(true), times: count },
    ...{ first_at: time, last_at: time, last_run: count, history },
  }),
);
