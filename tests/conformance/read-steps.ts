import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

const conclusion = z.enum(['success', 'failure', 'error', 'cancelled', 'timed_out', 'skipped']);
const status = z.enum(['queued', 'in_progress', 'completed']);

/** What has to be true of a run; what is not named may be anything. */
const expectedRun = z.strictObject({
  conclusion: conclusion.nullable().optional(),
  status: status.optional(),
  event: z.string().optional(),
  title: z.string().optional(),
  attempt: z.number().optional(),
  /** Did a job of it fail, and was it executed again by itself? */
  retried: z.boolean().optional(),
  /** Text in the reason of the run, or of one of its jobs. */
  reason: z.string().optional(),
  /** Conclusion of each job, by name, or its status while it has none. */
  jobs: z.record(z.string(), z.union([conclusion, status])).optional(),
  /** How often jobs were executed, by name. */
  executions: z.record(z.string(), z.number()).optional(),
  /** Text in what a job said, by name. */
  logs: z.record(z.string(), z.string()).optional(),
  /** Title of the run whose verdict it took over; null: none. */
  reused_from: z.string().nullable().optional(),
  /** Title of the commit that broke the branch, how many commits ago, and whether that is certain. */
  broken_since: z.strictObject({ title: z.string(), ago: z.number(), certain: z.boolean() }).nullable().optional(),
  /** Names of tests that fail. */
  failing_tests: z.array(z.string()).optional(),
  /** Names of tests that are flaky. */
  flaky: z.array(z.string()).optional(),
});

const commit = z.strictObject({
  message: z.string(),
  /** Texts of files, by their paths. */
  files: z.record(z.string(), z.string()).default({}),
  remove: z.array(z.string()).default([]),
  /** It takes the place of the commit before. */
  amend: z.boolean().default(false),
  /** It comes before the newest one, which is rebased onto it; it changes no file. */
  before: z.boolean().default(false),
});

/** Something that happens, and what is true a while later. */
const step = z.strictObject({
  /** Commits that are pushed at once. */
  push: z.array(commit).optional(),
  /** Of the push; default `refs/heads/main`. */
  to: z.string().default('refs/heads/main'),
  /** A pull request of this number, from this repository (default: the same one). */
  pull_request: z.strictObject({ action: z.string(), number: z.number(), from: z.string().optional() }).optional(),
  /** By hand, with these inputs; `refused`: it is no run, and this is in the words that say so. */
  dispatch: z
    .strictObject({ inputs: z.record(z.string(), z.string()).default({}), refused: z.string().optional() })
    .optional(),
  /** A command: `rerun RUN --failed`; RUN is the newest run of the file. */
  signalbox: z.string().optional(),
  /** What the command says, or a part of it. */
  says: z.string().optional(),
  /** A text that no file in the server's folder has. */
  not_on_disk: z.string().optional(),
  /** `signalbox run` where the server finds the repository, with these files changed there; the conclusion that it comes to. */
  run_here: z.strictObject({ files: z.record(z.string(), z.string()), conclusion }).optional(),
  /** The server is ended, and begun again when it is so many minutes past the next hour by its clock. */
  restart: z.strictObject({ minute: z.number() }).optional(),
  /** From now on the server of actions cannot be reached. */
  actions: z.literal('away').optional(),
  /** The runner's process is ended at once. */
  kill: z.literal('runner').optional(),
  /** How many schedules of the repository are known. */
  schedules: z.number().optional(),
  /** All runs of the file, the oldest first. */
  runs: z.array(expectedRun).optional(),
  newest: expectedRun.optional(),
  /** Conclusions of the newest runs of other files, by their names; '' is a commit that no file is for. */
  others: z.record(z.string(), conclusion).optional(),
});

const schema = z.strictObject({
  /** Why `signalbox run` cannot show it. */
  here: z.string(),
  /** Of the repository, as in `signalbox.yml`. */
  settings: z.record(z.string(), z.unknown()).default({}),
  /** Secrets of the repository, or of an environment of it: `{ production: { TOKEN: … } }`. */
  secrets: z.record(z.string(), z.string()).default({}),
  environments: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** Variables of the repository, and of its environments. */
  variables: z.record(z.string(), z.string()).default({}),
  environment_variables: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  steps: z.array(step).min(1),
});

export type ExpectedOfRun = z.infer<typeof expectedRun>;
export type CaseStep = z.infer<typeof step>;
/** What happens to a repository with a workflow file, step by step, and what comes of each. */
export type CaseSteps = z.infer<typeof schema>;

/** The file beside a workflow file; undefined if there is none: one event says all. */
export function readSteps(path: string): CaseSteps | undefined {
  if (!existsSync(path)) return undefined;
  return schema.parse(parse(readFileSync(path, 'utf8')));
}
