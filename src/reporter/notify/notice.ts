import * as z from 'zod';
import { CONCLUSIONS } from '../../model/conclusion.ts';
import { OCCASIONS } from './decide.ts';
import { brokenSinceSchema } from './standing.ts';

const testSchema = z.object({
  suite: z.string(),
  name: z.string(),
  /** Name of its job. */
  job: z.string(),
  /** In which it failed in the same way. */
  otherJobs: z.array(z.string()).optional(),
  message: z.string().nullable(),
  file: z.string().nullable(),
  line: z.number().nullable(),
  isFlaky: z.boolean(),
  /** How often it failed of its last runs, and of all tries in them; tries are missing in what waited since an earlier version. */
  history: z
    .object({
      ...{ failed: z.number(), runs: z.number() },
      ...{ failed_tries: z.number().optional(), tries: z.number().optional() },
    })
    .nullable(),
});

const failureSchema = z.object({
  job: z.string(),
  /** Null: the job ended outside of its steps. */
  step: z.string().nullable(),
  /** `exit code 1`, `signal SIGKILL`; null where there is none. */
  exit: z.string().nullable(),
  /** In words, where there are any. */
  reason: z.string().nullable(),
  /** Plain text, each without its end; the oldest first. */
  lines: z.array(z.string()),
  url: z.string(),
});

/** What is read of a notice that waited in the outbox. */
export const noticeSchema = z.object({
  occasion: z.enum(OCCASIONS),
  conclusion: z.enum(CONCLUSIONS),
  repository: z.string(),
  event: z.string(),
  /** Full ref. */
  ref: z.string(),
  workflow: z.string(),
  run: z.object({ id: z.number(), number: z.number(), attempt: z.number(), url: z.string() }),
  /** `author`: `Ada <ada@example.org>`. */
  commit: z.object({ sha: z.string(), title: z.string(), author: z.string() }),
  /** Why it was cancelled, or could not be tested. */
  reason: z.string().nullable(),
  durationMs: z.number().nullable(),
  /** When it was over; ISO 8601. */
  at: z.string(),
  /** Of a branch that is broken, or was until now; with the address of that run. */
  since: brokenSinceSchema.extend({ url: z.string() }).nullable(),
  /** Of a culprit found later: the commit that was named before. */
  instead: z.object({ sha: z.string(), author: z.string() }).nullable(),
  /** Of what is fixed: how long it was broken. */
  brokenForMs: z.number().nullable(),
  /** Null: the run wrote no test reports. `cases`: the first failing ones. */
  tests: z.object({ total: z.number(), failed: z.number(), cases: z.array(testSchema) }).nullable(),
  /** Where the run ended, and the last that was said there. */
  failure: failureSchema.nullable(),
  /** Nothing happened: somebody tries whether it arrives. */
  isTrial: z.boolean(),
});

/**
 * All that is said of one verdict; each sink shows as much of it as it can. Plain data: it waits in the outbox as JSON.
 * Texts are as their authors wrote them: whoever shows them makes them harmless there.
 */
export type Notice = z.output<typeof noticeSchema>;
/** A failing test, as it is shown. */
export type NoticeTest = z.output<typeof testSchema>;
/** Where a run ended. */
export type NoticeFailure = z.output<typeof failureSchema>;

/** Most failing tests that a notice names. */
export const MAX_TESTS = 10;
/** Most lines of a log that it shows, and most characters of each. */
export const MAX_LINES = 40;
export const MAX_LINE = 300;
