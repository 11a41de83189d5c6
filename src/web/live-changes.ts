import type { RequestHandler } from 'express';
import * as z from 'zod';
import type { Interest } from '../../web/src/page.ts';
import type { WebContext } from './context.ts';
import { EventStream } from './event-stream.ts';
import { parse } from './input.ts';

const number = z.number().int().nonnegative();
const interest = z.strictObject({
  type: z.string().max(40).optional(),
  repository: z.string().max(500).optional(),
  run: number.optional(),
  job: number.optional(),
});
const querySchema = z.strictObject({
  of: z
    .string()
    .max(2_000)
    .transform((text, { addIssue }) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(z.array(interest).max(8)),
});

/** `GET /live/changes?of=`: that something happened which concerns a page, and what its header shows. */
export function liveChanges(context: WebContext): RequestHandler {
  return (request, response) => {
    const { of } = parse(querySchema, request.query);
    const stream = new EventStream(request, response, context.clock, { keepAlive: { event: 'alive', data: {} } });
    context.openPages.join(stream, of as readonly Interest[]);
  };
}
