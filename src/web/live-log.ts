import type { RequestHandler } from 'express';
import * as z from 'zod';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { EventStream } from './event-stream.ts';
import { idSchema, parse } from './input.ts';
import { followLog } from './log-follow.ts';
import { catchUp, HtmlSink } from './log-tail.ts';

/** `GET /live/jobs/:id/log?execution=&offset=`: what a log says from there on, as lines of markup. */
export function liveLog(context: WebContext): RequestHandler {
  return async (request, response) => {
    const query = parse(z.strictObject({ execution: idSchema, offset: idSchema }), request.query);
    const job = await context.store.job(parse(idSchema, request.params.id));
    if (job === undefined || query.execution > job.execution)
      throw new HttpError(404, 'E_NOT_FOUND', `there is no such execution of job ${request.params.id}`);
    const last = /^(\d{1,9}):(\d{1,15})$/.exec(request.get('Last-Event-ID') ?? '');
    const start = last === null ? query : { execution: Number(last[1]), offset: Number(last[2]) };
    const stream = new EventStream(request, response, context.clock);
    const near = await catchUp(context.logs, job.id, start);
    await followLog(context, job.id, near, false, new HtmlSink(stream, near.offset - start.offset));
    stream.end();
  };
}
