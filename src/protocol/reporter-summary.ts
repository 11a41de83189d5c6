import * as z from 'zod';

const time = z.iso.datetime().nullable();
const words = z.string().max(1_000).nullable();

/**
 * How the reporter is, as it tells the server, which shows it to people: the reporter itself listens to nothing. `event`: the
 * newest one that it told of.
 */
export const reporterSummarySchema = z.object({
  version: z.string().max(100),
  started_at: z.iso.datetime(),
  event: z.int().nonnegative().nullable(),
  sinks: z
    .array(
      z.object({
        sink: z.string().max(1_000),
        waiting: z.int().nonnegative(),
        waiting_since: time,
        /** Null: it is well. */
        failing_since: time,
        retry_at: time,
        error: words,
        sent_at: time,
        sent: z.int().nonnegative(),
        given_up: z.int().nonnegative(),
      }),
    )
    .max(50),
  given_up: z
    .array(
      z.object({
        sink: z.string().max(1_000),
        key: z.string().max(1_000),
        repository: z.string().max(1_000).nullable(),
        error: words,
        created_at: time,
        given_up_at: time,
      }),
    )
    .max(20),
});

export type ReporterSummary = z.infer<typeof reporterSummarySchema>;
