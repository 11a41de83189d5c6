import * as z from 'zod';
import { CONCLUSIONS } from '../model/conclusion.ts';
import { SHA_PATTERN, TRIGGERS } from '../model/push.ts';
import type { Json, WorkflowJobSpec } from '../model/workflow.ts';

/** The versions of the native protocol that this program speaks, from the oldest to the newest. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 } as const;

const sha = z.string().regex(SHA_PATTERN);
/** Milliseconds since 1970, whole. */
const instant = z.number().int();
const name = z.string().min(1).max(200);
/** Which try of which job a message speaks of. */
const executionKey = { job: z.number().int().positive(), execution: z.number().int().positive() };
const exit = z.union([z.object({ status: z.number().int() }), z.object({ signal: z.string() })]);
const conclusion = z.enum(CONCLUSIONS);

const argv = z.tuple([z.string()], z.string());
const step = z.object({
  name: z.string(),
  command: argv,
  dir: z.string().exactOptional(),
  env: z.record(z.string(), z.string()).exactOptional(),
});
const install = z.object({
  step,
  keyFiles: z.array(z.string()),
  toolVersions: z.array(argv),
  directories: z.array(z.string()),
  afterRestore: z.array(step).exactOptional(),
});
/** What is checked where it was made, by the parser of workflow files: here only that it is an object. */
const workflowJob = z.custom<WorkflowJobSpec>((value) => typeof value === 'object' && value !== null && 'job' in value);
const json = z.custom<{ readonly [key: string]: Json }>((value) => typeof value === 'object' && value !== null);
const texts = z.record(z.string(), z.string());

/** What one execution of a workflow's job is told beyond its spec: the contexts of its expressions. */
const jobContexts = z.object({
  github: json,
  inputs: json,
  matrix: json,
  strategy: json,
  needs: z.record(
    z.string(),
    z.object({ result: z.enum(['success', 'failure', 'cancelled', 'skipped']), outputs: texts }),
  ),
  vars: texts,
  secrets: texts,
});

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

const jobSpec = z.object({
  found: z.string(),
  checkout: z.boolean(),
  steps: z.array(step),
  env: z.record(z.string(), z.string()),
  envPass: z.array(z.string()),
  timeoutMs: z.number().int().positive(),
  logLimitBytes: z.number().int().positive(),
  exclusive: z.boolean(),
  install: install.exactOptional(),
  workflow: workflowJob.exactOptional(),
  reports: z.array(z.string()).exactOptional(),
});

/** What one step did. `logOffset` is where its output begins in the job's log, in bytes. */
const stepResult = z.object({
  index: z.number().int().min(0),
  name: z.string(),
  conclusion: conclusion.nullable(),
  startedAt: instant.nullable(),
  completedAt: instant.nullable(),
  exit: exit.nullable(),
  logOffset: z.number().int().min(0),
});

/** How an execution ended, as its runner saw it. */
const executionResult = z.object({
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

/** A repository as the observer has to know it. */
const repository = z.object({
  id: z.number().int().positive(),
  name,
  /** Folders and URLs where it can be had; the first is asked first. */
  sources: z.array(z.string()).min(1),
  /** Secret of its webhook and hook. */
  secret: z.string().min(1),
  policy: z.enum(['each', 'latest']),
  /** Most commits of one push that are tested; the rest is recorded as skipped. */
  maxCommits: z.number().int().positive(),
  /** Where its refs were when it was added: what is reachable from there is not new. */
  baseline: z.record(z.string(), sha),
  /** Seconds between two looks; null: the default of the observer (5 local, 60 remote). */
  pollSeconds: z.number().positive().nullable(),
  /** With what git is let in at its sources. Kept in memory only. */
  credential: z
    .discriminatedUnion('kind', [
      z.object({ kind: z.literal('token'), user: z.string(), token: z.string() }),
      z.object({ kind: z.literal('ssh-key'), key: z.string() }),
    ])
    .exactOptional(),
});

const commit = z.object({
  sha,
  title: z.string().max(1000),
  author: z.string().max(1000),
  committedAt: instant,
  /** Why it is not tested, in words; absent: it is. */
  skip: z.string().optional(),
  /** When the observer knew of it, where that is not `receivedAt` of the whole dispatch. */
  receivedAt: instant.exactOptional(),
});

/** First message on every native connection. */
const hello = z.object({
  type: z.literal('hello'),
  role: z.enum(['runner', 'observer']),
  protocol: z.object({ min: z.number().int(), max: z.number().int() }),
  token: z.string(),
  /** Version of the program, for people. */
  version: z.string(),
  runner: z
    .object({
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/),
      labels: z.array(name).max(50),
      slots: z.number().int().min(0).max(1000),
      /** Random, new at each start of the process: a newer session of a name fences the older one. */
      session: z.string().min(8),
      host: z.string(),
      pid: z.number().int(),
      isDraining: z.boolean(),
      /** If it was told to drain, it can be told to `resume`. Absent: it knows no such word, or leaves by its own wish. */
      canResume: z.boolean().exactOptional(),
      /** How many jobs beyond its slots it may be given, to begin them as soon as a slot is free. Absent: none. */
      ahead: z.number().int().min(0).max(1000).exactOptional(),
      /**
       * Everything it holds: running, or finished and not acknowledged. What is not here it does not have. One that
       * `isFinished` is resumed even if it is not the runner's any more: its result is kept as evidence.
       */
      executions: z.array(
        z.object({ ...executionKey, logBytes: z.number().int().min(0), isFinished: z.boolean().optional() }),
      ),
    })
    .optional(),
});

/** What a runner or an observer says to the dispatcher. */
export const toDispatcher = z.discriminatedUnion('type', [
  hello,
  z.object({ type: z.literal('heartbeat'), executions: z.array(z.object(executionKey)) }),
  /** The first process of the execution exists. */
  z.object({ type: z.literal('started'), ...executionKey, at: instant }),
  z.object({ type: z.literal('step'), ...executionKey, step: stepResult }),
  z.object({ type: z.literal('finished'), result: executionResult }),
  /** It was withdrawn before it had begun: the runner does not have it any more. */
  z.object({ type: z.literal('returned'), ...executionKey }),
  /** The runner takes no new work and leaves when it has none. `isOwnWish`: nobody can take it back. */
  z.object({ type: z.literal('draining'), isOwnWish: z.boolean().exactOptional() }),
  /** Answer to `resume`: it takes work again. One that leaves all the same says `draining`. */
  z.object({ type: z.literal('taking') }),
  /** A ref moved; `commits` oldest first, at least the tip, none for a deleted ref. Saying it twice is harmless. */
  z.object({
    type: z.literal('dispatch'),
    request: z.number().int(),
    repository: z.number().int().positive(),
    ref: z.string().min(1),
    before: sha,
    after: sha,
    trigger: z.enum(TRIGGERS),
    receivedAt: instant,
    commits: z.array(commit),
    /** As the forge sent it, where one did; perhaps shortened. */
    payload: json.exactOptional(),
  }),
  /** Something else happened that may start workflows. Saying it twice is harmless. */
  z.object({
    type: z.literal('event'),
    request: z.number().int(),
    repository: z.number().int().positive(),
    /** As workflow files call it: `pull_request`. */
    name: z.string().regex(/^[a-z_]{1,100}$/),
    /** Id of what happened: that of the delivery. */
    occurrence: z.string().min(1).max(200),
    trigger: z.enum(TRIGGERS),
    receivedAt: instant,
    /** Full ref that it happened on; absent: the default branch. */
    ref: z.string().min(1).max(4096).exactOptional(),
    /** The commit; absent: where the ref is. */
    sha: sha.exactOptional(),
    /** Commit that the change is to be compared with. */
    base: sha.exactOptional(),
    /** Refs by which the commit can be had, where no branch or tag leads to it. */
    fetch: z.array(z.string()).max(10).exactOptional(),
    title: z.string().max(1000).exactOptional(),
    actor: z.string().max(1000),
    /** Why its jobs may be given to nobody, in words. */
    held: z.string().max(1000).exactOptional(),
    payload: json,
  }),
  /** A repository is to be watched, of an organisation that is allowed. `before`: where the ref was that moves now. */
  z.object({
    type: z.literal('add'),
    request: z.number().int(),
    source: z.string().min(1).max(1000),
    before: z.object({ ref: z.string().min(1), sha }),
  }),
]);
export type ToDispatcher = z.infer<typeof toDispatcher>;

/** What the dispatcher says to a runner or an observer. */
export const fromDispatcher = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    protocol: z.number().int(),
    heartbeatMs: z.number().positive(),
    leaseMs: z.number().positive(),
    /** To a runner: where to go on with the log of each execution that it holds. */
    resume: z.array(z.object({ ...executionKey, logBytes: z.number().int().min(0) })),
    /** To a runner: executions that are not its own any more; it stops them and forgets them. */
    drop: z.array(z.object(executionKey)),
  }),
  /** The last word before the connection is closed. */
  z.object({ type: z.literal('refused'), code: z.string(), message: z.string() }),
  z.object({
    type: z.literal('lease'),
    ...executionKey,
    leaseMs: z.number().positive(),
    run: z.object({
      id: z.number().int(),
      number: z.number().int(),
      attempt: z.number().int(),
      event: z.string(),
      ref: z.string(),
    }),
    repository: z.object({ id: z.number().int(), name }),
    sha,
    tree: sha.nullable(),
    spec: jobSpec,
    /** Of a workflow's job. */
    contexts: jobContexts.exactOptional(),
    git: z.object({
      /** Object folders on the dispatcher's machine; used when they are there on the runner's too. */
      objects: z.array(z.string()),
      /** Path of the repository on the dispatcher's port, over HTTP: `/git/7`. The lease's ticket is the password. */
      path: z.string(),
      ticket: z.string(),
    }),
  }),
  /** Everything up to `bytes` is on the dispatcher's disk. */
  z.object({ type: z.literal('log_ack'), ...executionKey, bytes: z.number().int().min(0) }),
  z.object({ type: z.literal('finished_ack'), ...executionKey, outcome: z.enum(['accepted', 'stale']) }),
  z.object({ type: z.literal('cancel'), ...executionKey, why: z.string() }),
  /** If it has not begun, it is given back (`returned`); else nothing happens. */
  z.object({ type: z.literal('withdraw'), ...executionKey }),
  /** Answer to a heartbeat; `lost` are executions that it named and does not hold any more. */
  z.object({ type: z.literal('heartbeat_ack'), lost: z.array(z.object(executionKey)) }),
  z.object({ type: z.literal('drain') }),
  /** `drain` is taken back; only to a runner whose hello has `canResume`. */
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('repositories'), repositories: z.array(repository) }),
  /** It is on the disk, with these runs; `note` says in words why there are none, where it is not plain. */
  z.object({
    type: z.literal('dispatched'),
    request: z.number().int(),
    runs: z.array(z.number().int()),
    note: z.string().exactOptional(),
    /** Answer to `add`. */
    repository: z.number().int().positive().exactOptional(),
  }),
  z.object({ type: z.literal('dispatch_failed'), request: z.number().int(), code: z.string(), message: z.string() }),
]);
export type FromDispatcher = z.infer<typeof fromDispatcher>;

export type ExecutionResult = z.infer<typeof executionResult>;
export type StepResult = z.infer<typeof stepResult>;
export type WireRepository = z.infer<typeof repository>;
export type WireCommit = z.infer<typeof commit>;
export type LeaseMessage = Extract<FromDispatcher, { type: 'lease' }>;
export type DispatchMessage = Extract<ToDispatcher, { type: 'dispatch' }>;
export type EventMessage = Extract<ToDispatcher, { type: 'event' }>;
export type AddMessage = Extract<ToDispatcher, { type: 'add' }>;
export type HelloMessage = z.infer<typeof hello>;

/** Identifies one try of one job. */
export interface ExecutionKey {
  readonly job: number;
  readonly execution: number;
}
