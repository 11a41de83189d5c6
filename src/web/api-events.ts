import { Router } from 'express';
import * as z from 'zod';
import type { EventRecord } from '../store/event-record.ts';
import type { WebContext } from './context.ts';
import { EventStream, eventText } from './event-stream.ts';
import { idSchema, parse } from './input.ts';
import { Wakeup } from './wakeup.ts';

/** Where the events begin. */
export const querySchema = z.strictObject({ after: idSchema.optional() });

/** `GET /events`: every entry of the event log, from now on or after a given one. */
export function eventRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/events', async (request, response) => {
    const query = parse(querySchema, request.query);
    const last = /^\d{1,15}$/.exec(request.get('Last-Event-ID') ?? '');
    const newest = await context.store.lastEvent();
    // a cursor from the future comes from a database that was thrown away: it would wait for ever
    const cursor = Math.min(last === null ? (query.after ?? newest) : Number(last[0]), newest);
    const stream = new EventStream(request, response, context.clock);
    await sendEvents(context, stream, cursor);
    stream.end();
  });
  return router;
}

/** Each reader has its cursor and goes at its own pace; what it has not read yet waits in the store, not in memory. */
async function sendEvents({ hub }: WebContext, stream: EventStream, from: number): Promise<void> {
  const wakeup = new Wakeup();
  const unsubscribe = hub.subscribe(() => wakeup.notify());
  stream.onClose(() => wakeup.notify());
  try {
    await stream.send({ id: from });
    let cursor = from;
    while (stream.isOpen) {
      const { bytes, last, isAll } = await hub.after(cursor, textOf);
      await stream.sendText(bytes);
      cursor = last;
      if (isAll) await wakeup.wait();
    }
  } finally {
    unsubscribe();
  }
}

function textOf(event: EventRecord): string {
  return eventText({ id: event.id, data: eventJson(event) });
}

function eventJson({ id, at, type, repository, run, job, data }: EventRecord) {
  return { id, at: at.toISOString(), type, repository, run, job, data };
}
