import * as z from 'zod';
import { count, text, time } from './answer-fields.ts';

/** Since when a branch is broken, as far as it is known. */
export const breakage = z.looseObject({
  ...{ run: count, number: count, sha: text, author: text, title: text },
  ...{ commits_ago: count, untested: count, is_certain: z.boolean() },
  at: time,
  last_good: z.looseObject({ run: count, sha: text, at: time }).nullable().describe('the last commit that passed'),
});
