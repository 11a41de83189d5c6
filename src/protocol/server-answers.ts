import * as z from 'zod';
import { text } from './answer-fields.ts';

/** An answer that says no. */
export const errorAnswer = z
  .looseObject({ error: z.looseObject({ code: text.regex(/^E_[A-Z_]+$/), message: text }) })
  .describe('docs/errors.md explains the codes');

export const verdictAnswer = z.looseObject({ repository: text, tree: text, workflow: text });
export const loginLinkAnswer = z.looseObject({ url: z.url() });
export const healthAnswer = z.looseObject({ status: z.enum(['ok', 'ready']) });
