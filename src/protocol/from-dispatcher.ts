import * as z from 'zod';
import { executionKey, name, sha } from './wire-fields.ts';
import { repository } from './wire-repository.ts';
import { jobContexts, jobSpec } from './wire-spec.ts';

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
    /** To a runner: one that says `lowDisk` is given nothing, and may give back (`returned`) what it has not begun. */
    heedsDisk: z.boolean().exactOptional(),
    /** To a runner: somebody has drained it, so that it is given nothing until it is resumed. */
    isDrained: z.boolean().exactOptional(),
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
  /** `force`: it was asked for once more, and nothing of it goes on, not even what runs always. */
  z.object({ type: z.literal('cancel'), ...executionKey, why: z.string(), force: z.literal(true).exactOptional() }),
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
    /** Those of `runs` that were there before. */
    known: z.array(z.number().int()).exactOptional(),
    /** Answer to `add`. */
    repository: z.number().int().positive().exactOptional(),
  }),
  z.object({ type: z.literal('dispatch_failed'), request: z.number().int(), code: z.string(), message: z.string() }),
]);

export type FromDispatcher = z.infer<typeof fromDispatcher>;
export type LeaseMessage = Extract<FromDispatcher, { type: 'lease' }>;
