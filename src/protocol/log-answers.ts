import * as z from 'zod';
import { count, maybeTime, text } from './answer-fields.ts';

export const logLinesAnswer = z.looseObject({
  execution: count,
  lines: z.array(z.looseObject({ n: count, text, cut: count.optional(), at: maybeTime })),
  ...{ total_lines: count, bytes: count },
});

export const logOutlineAnswer = z.looseObject({
  ...{ execution: count, total_lines: count, bytes: count, is_complete: z.boolean() },
  steps: z.array(z.looseObject({ index: count, line: count })),
  groups: z.array(z.looseObject({ line: count, end: count.nullable(), lines: count.nullable(), title: text })),
  ...{ failures: z.array(count), first_failure: count.nullable() },
});

export const logSearchAnswer = z.looseObject({
  execution: count,
  q: text,
  lines: z.array(count),
  is_capped: z.boolean(),
});
