import * as z from 'zod';
import { CONCLUSIONS, STATUSES } from '../model/conclusion.ts';

/*
 * What the answers of `*-answers.ts` are made of. Those describe what the API answers, once: for `/api/openapi.json`, of
 * which each `…Answer` is a component, for whoever reads the answers, and for the tests that hold real answers against
 * them. Loose: a newer server may say more than a reader knows.
 */

export const text = z.string();
export const count = z.int().min(0);
export const time = z.iso.datetime().describe('ISO 8601 with milliseconds, UTC');
export const maybeTime = time.nullable();
export const conclusion = z.enum(CONCLUSIONS);
export const status = z.enum(STATUSES);
export const exit = { exit_code: z.int().nullable(), signal: text.nullable() };
export const next = count.nullable().describe('what to ask the next page with; null: there is none');

/** A page of a list. */
export function listOf<Item extends z.ZodType>(name: string, item: Item) {
  return z.looseObject({ [name]: z.array(item), total: count, next });
}
