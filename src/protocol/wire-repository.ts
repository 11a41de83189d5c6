import * as z from 'zod';
import { name, sha } from './wire-fields.ts';

/** A repository as the observer has to know it. */
export const repository = z.object({
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

export type WireRepository = z.infer<typeof repository>;
