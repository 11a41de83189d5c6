import * as z from 'zod';
import { checkSchema } from './check-draft.ts';

/** What is told of a workflow at a commit; each forge has words of its own for it. */
export const STATUS_STATES = ['queued', 'running', 'success', 'failure', 'error', 'cancelled'] as const;
export type StatusState = (typeof STATUS_STATES)[number];

/** A commit status on its way to a forge. */
export const statusBodySchema = z.object({
  /** `ForgeSettings.url`. */
  forge: z.string(),
  /** `owner/name` at the forge. */
  path: z.string(),
  sha: z.string(),
  context: z.string(),
  state: z.enum(STATUS_STATES),
  description: z.string(),
  url: z.string(),
  /** Full ref of the run. */
  ref: z.string(),
  /** For GitHub, where there is an App. */
  check: checkSchema.optional(),
});

export type StatusBody = z.infer<typeof statusBodySchema>;
