import * as z from 'zod';
import { FORK_PATTERN, TRIGGERS } from '../model/push.ts';
import { executionResult, stepResult } from './execution-result.ts';
import { hello } from './hello.ts';
import { executionKey, instant, json, lowDisk, sha } from './wire-fields.ts';

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

/** What a runner or an observer says to the dispatcher. */
export const toDispatcher = z.discriminatedUnion('type', [
  hello,
  z.object({
    type: z.literal('heartbeat'),
    executions: z.array(z.object(executionKey)),
    /** Its disk has too little room: it is to be given nothing until a heartbeat comes without this. */
    lowDisk: lowDisk.exactOptional(),
  }),
  /** The first process of the execution exists. */
  z.object({ type: z.literal('started'), ...executionKey, at: instant }),
  z.object({ type: z.literal('step'), ...executionKey, step: stepResult }),
  z.object({ type: z.literal('finished'), result: executionResult }),
  /** It was withdrawn, or found no room on the disk, before it had begun: the runner does not have it any more. */
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
    /** A branch of a fork at the same forge, where its commit is not said: the event is where that branch is. */
    fork: z.object({ path: z.string().regex(FORK_PATTERN), branch: z.string().min(1).max(1000) }).exactOptional(),
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
export type WireCommit = z.infer<typeof commit>;
export type DispatchMessage = Extract<ToDispatcher, { type: 'dispatch' }>;
export type EventMessage = Extract<ToDispatcher, { type: 'event' }>;
export type AddMessage = Extract<ToDispatcher, { type: 'add' }>;
