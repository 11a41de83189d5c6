import * as z from 'zod';
import { CONCLUSIONS } from '../model/conclusion.ts';
import { executionKey, instant, texts } from './wire-fields.ts';

const exit = z.union([z.object({ status: z.number().int() }), z.object({ signal: z.string() })]);
const conclusion = z.enum(CONCLUSIONS);
const place = z.number().int().min(0);

const annotation = z.object({
  level: z.enum(['error', 'warning', 'notice']),
  message: z.string(),
  title: z.string().exactOptional(),
  file: z.string().exactOptional(),
  line: place.exactOptional(),
  endLine: place.exactOptional(),
  column: place.exactOptional(),
  endColumn: place.exactOptional(),
  step: place.exactOptional(),
});

const testCase = z.object({
  suite: z.string(),
  name: z.string(),
  conclusion: z.enum(['success', 'failure', 'skipped']),
  durationMs: z.number().nullable(),
  message: z.string().exactOptional(),
  file: z.string().exactOptional(),
  line: place.exactOptional(),
  isFlaky: z.boolean().exactOptional(),
});

/** What one step did. `logOffset` is where its output begins in the job's log, in bytes. */
export const stepResult = z.object({
  index: z.number().int().min(0),
  name: z.string(),
  conclusion: conclusion.nullable(),
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  exit: exit.nullable(),
  logOffset: z.number().int().min(0),
});

/** How an execution ended, as its runner saw it. */
export const executionResult = z.object({
  ...executionKey,
  conclusion,
  /** In words, when the exit alone does not say it: "timed out after 60 minutes", "the disk is full". */
  reason: z.string().nullable(),
  exit: exit.nullable(),
  /** When the first step's process existed; null if none did. */
  startedAt: instant.nullable(),
  completedAt: instant,
  /** Bytes of log that were kept, and bytes that were thrown away beyond the limit. */
  logBytes: z.number().int().min(0),
  logBytesDropped: z.number().int().min(0),
  steps: z.array(stepResult),
  /** Processes that were still there after the last step and were killed: `sleep (pid 812)`. */
  leftovers: z.array(z.string()),
  /** What a workflow's job says beyond its verdict. */
  outputs: texts.exactOptional(),
  annotations: z.array(annotation).exactOptional(),
  /** Markdown of `GITHUB_STEP_SUMMARY`, all steps one after the other. */
  summary: z.string().exactOptional(),
  /** Of the reports that were found, or of the log; failing ones first where there were too many. */
  tests: z.array(testCase).exactOptional(),
  /** Beside those: how many the log counts without their names. */
  unnamedTests: z.object({ passed: z.number().int().min(0), skipped: z.number().int().min(0) }).exactOptional(),
});

export type ExecutionResult = z.infer<typeof executionResult>;
export type StepResult = z.infer<typeof stepResult>;
