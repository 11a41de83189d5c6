import type * as z from 'zod';
import { unreadable } from './delivery-error.ts';

/** What a payload says, in the form that it should have. `of` in words: `the push`. @throws {DeliveryError} which names what is wrong */
export function readPayload<T>(schema: z.ZodType<T>, of: string, payload: unknown): T {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw unreadable(`${where === '' ? 'the payload' : `"${where}"`} of ${of}: ${issue?.message}`);
}
