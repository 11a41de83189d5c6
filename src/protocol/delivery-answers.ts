import * as z from 'zod';
import { count, listOf, maybeTime, text, time } from './answer-fields.ts';

export const deliveryAnswer = z.looseObject({
  ...{
    id: text,
    received_at: time,
    forge: text.describe('in whose form it came'),
    event: text,
    trigger: text,
    repository: text,
  },
  ...{ ref: text.nullable(), before: text.nullable(), after: text.nullable() },
  ...{ headers: z.record(text, z.unknown()), bytes: count, answer: count },
  status: z.enum(['pending', 'processed', 'ignored', 'failed']),
  ...{ outcome: text.nullable(), error: text.nullable(), tries: count, processed_at: maybeTime },
});

export const deliveriesAnswer = listOf('deliveries', deliveryAnswer);

export const deliveryDetailAnswer = deliveryAnswer.extend({ payload: z.unknown() });

/** What was not taken; nothing of what it says of itself was verified. */
export const refusedAnswer = z.object({
  refused: z.array(
    z.object({
      ...{ received_at: time, times: count, code: text, message: text, answer: count },
      ...{ forge: text.nullable(), event: text.nullable(), repository: text.nullable() },
    }),
  ),
});

export const redeliveredAnswer = z.looseObject({ delivery: text });

export const acceptedAnswer = z.looseObject({ delivery: text, runs_url: z.url() });

/** The secret of the webhooks of a repository. */
export const webhookSecretAnswer = z.object({ secret: z.string() });

/** What our own door answered to a signed ping. */
export const webhookPingAnswer = z.object({ status: z.number().int(), accepted: z.boolean() });
