import * as z from 'zod';
import { executionKey, lowDisk, name } from './wire-fields.ts';

/** The versions of the native protocol that this program speaks, from the oldest to the newest. */
export const PROTOCOL_VERSIONS = { min: 1, max: 1 } as const;

/** First message on every native connection. */
export const hello = z.object({
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
      /** If it is drained it stays, and is given nothing: it need not be told. Absent: it leaves when it has no more jobs. */
      stays: z.boolean().exactOptional(),
      /** How many jobs beyond its slots it may be given, to begin them as soon as a slot is free. Absent: none. */
      ahead: z.number().int().min(0).max(1000).exactOptional(),
      /** Its disk has too little room: it is to be given nothing until a heartbeat comes without this. Absent: it has room. */
      lowDisk: lowDisk.exactOptional(),
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

export type HelloMessage = z.infer<typeof hello>;
