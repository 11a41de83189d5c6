import * as z from 'zod';
import { listOf, text, time } from './answer-fields.ts';
import { reporterSummarySchema } from './reporter-summary.ts';

export const reporterAnswer = z.looseObject({
  reporter: reporterSummarySchema.extend({ heard_at: time, is_silent: z.boolean() }).nullable(),
});

const rule = z.looseObject({
  ...{ number: z.int().min(1), kind: text, to: text, on: z.array(text), branches: z.array(text).nullable() },
  ...{ quiet: text.nullable(), digest: text.nullable(), per_hour: z.int().min(1).nullable() },
});

export const notificationsAnswer = listOf(
  'repositories',
  z.looseObject({ repository: text, own: z.boolean(), rules: z.array(rule) }),
).extend({ mail: z.looseObject({ smtp: text, from: text, user: text.nullable() }).nullable() });

export const notificationTestAnswer = z.looseObject({
  results: z.array(z.looseObject({ rule: z.int(), to: text, sent: z.boolean(), error: text.nullable() })),
});
