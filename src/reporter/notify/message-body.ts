import * as z from 'zod';
import { noticeSchema } from './notice.ts';

/** What waits in the outbox for mail and hooks. No address of a hook and no password is in it. */
export const notifyBodySchema = z.object({
  /** Mail address; null for hooks, whose lane says where they go. */
  to: z.string().nullable(),
  notice: noticeSchema,
  /** Which rule this comes from, in words. */
  why: z.string(),
  /** Why it did not come at once, in words; null: it did, or its rule wants it so. */
  note: z.string().nullable().default(null),
  /** The breakage whose conversation it belongs to; null: none. */
  thread: z.string().nullable(),
  /** It begins that conversation. */
  isFirst: z.boolean(),
});
export type NotifyBody = z.output<typeof notifyBodySchema>;
