import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import * as z from 'zod';
import type { JobRecord } from '../store/job-record.ts';
import { HttpError } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { EventStream } from './event-stream.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { followLog, type LogPosition, type LogSink } from './log-follow.ts';

/** Which part of which log. */
export const querySchema = z.strictObject({
  execution: numberSchema(1, 1_000_000).optional(),
  follow: z.enum(['0', '1']).optional(),
  offset: idSchema.optional(),
});

/** A log is shown as it is, so a browser must take it for nothing but text. */
const LOG_HEADERS = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
  'Accept-Ranges': 'bytes',
};

/** `GET /jobs/:id/log`: the log of an execution, whole, in ranges, or as it grows. */
export function logRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/jobs/:id/log', async (request, response) => {
    const query = parse(querySchema, request.query);
    const job = await context.store.job(parse(idSchema, request.params.id));
    if (job === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no job ${request.params.id}`);
    const execution = executionOf(job, query.execution);
    if (query.follow !== '1') return sendLog(context, request, response, { job: job.id, execution });
    const isGiven = query.execution !== undefined;
    const start = startOf(request, { execution, offset: query.offset ?? 0 }, isGiven);
    if (start.execution > 0) assertExecution(job, start.execution);
    const stream = new EventStream(request, response, context.clock);
    await followLog(context, job.id, start, isGiven, new JsonSink(stream));
    stream.end();
  });
  return router;
}

/**
 * The execution that is asked for; without one, the last.
 * @throws {HttpError} E_NOT_FOUND where there is none of that number, E_LOG_REMOVED where its log is not kept any more.
 */
export function executionOf(job: JobRecord, asked: number | undefined): number {
  if (asked !== undefined) assertExecution(job, asked);
  const execution = asked ?? job.execution;
  assertKept(job, execution);
  return execution;
}

function assertExecution(job: JobRecord, execution: number): void {
  if (execution >= 1 && execution <= job.execution) return;
  const there = job.execution === 0 ? 'it has none yet' : `it has ${job.execution}`;
  throw new HttpError(404, 'E_NOT_FOUND', `job ${job.id} has no execution ${execution}; ${there}`);
}

/** One that retention took is not an empty one. */
function assertKept(job: JobRecord, execution: number): void {
  const words = removedWords(job, execution);
  if (words !== null) throw new HttpError(410, 'E_LOG_REMOVED', words);
}

/** Why the log of an execution is not there any more; null: it is, or there never was one. */
export function removedWords({ executions }: Pick<JobRecord, 'executions'>, execution: number): string | null {
  const { logRemovedAt = null } = executions.find(({ number }) => number === execution) ?? {};
  if (logRemovedAt === null) return null;
  const when = logRemovedAt.toISOString().slice(0, 10);
  return `the log was removed on ${when} by retention; "retention" in signalbox.yml says how long logs are kept`;
}

/** Where to go on: after `Last-Event-ID` (`execution:offset`, or an offset alone), else where the query says. */
function startOf(request: Request, asked: LogPosition, isGiven: boolean): LogPosition {
  const last = /^(?:(\d{1,9}):)?(\d{1,15})$/.exec(request.get('Last-Event-ID') ?? '');
  if (last === null) return asked;
  const execution = isGiven || last[1] === undefined ? asked.execution : Number(last[1]);
  return { execution, offset: Number(last[2]) };
}

/** The log as it is on the disk now, byte for byte. */
async function sendLog(
  { logs }: WebContext,
  request: Request,
  response: Response,
  key: { job: number; execution: number },
): Promise<void> {
  const size = await logs.size(key);
  response.set(LOG_HEADERS);
  response.set('Content-Disposition', `inline; filename="job-${key.job}-${key.execution}.log"`);
  // without an ETag nothing that If-Range could hold is ours, so the whole is sent, as RFC 9110 says
  const range = request.get('If-Range') === undefined ? rangeOf(request, size) : undefined;
  const { start, end } = range ?? { start: 0, end: size };
  if (range !== undefined) response.status(206).set('Content-Range', `bytes ${start}-${end - 1}/${size}`);
  response.set('Content-Length', String(end - start));
  if (request.method === 'HEAD' || start === end) return void response.end();
  await pipeline(await logs.read(key, start, end), response).catch((error: NodeJS.ErrnoException) => {
    // a reader that goes away in the middle is no news
    if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  });
}

/**
 * The one range that is asked for; undefined: the whole (none, several, or one that cannot be read).
 * @throws {HttpError} E_RANGE when it lies behind the end.
 */
function rangeOf(request: Request, size: number): { start: number; end: number } | undefined {
  const ranges = request.range(size);
  if (ranges === -1) {
    request.res?.set({ 'Content-Range': `bytes */${size}` });
    throw new HttpError(416, 'E_RANGE', `the log has ${size} bytes now; the range lies behind its end`);
  }
  const [range] = typeof ranges === 'object' && ranges.type === 'bytes' && ranges.length === 1 ? ranges : [];
  return range === undefined ? undefined : { start: range.start, end: range.end + 1 };
}

/** Events for programs: text as JSON strings, ids to resume with. */
class JsonSink implements LogSink {
  readonly #stream: EventStream;

  constructor(stream: EventStream) {
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return this.#stream.isOpen;
  }

  onClose(listener: () => void): void {
    this.#stream.onClose(listener);
  }

  execution(position: LogPosition, record: { runner: string } | undefined): Promise<void> {
    const data = { execution: position.execution, runner: record?.runner ?? null };
    return this.#stream.send({ id: idOf(position), event: 'execution', data });
  }

  piece(bytes: Buffer, position: LogPosition): Promise<void> {
    return this.#stream.send({ id: idOf(position), data: bytes.toString('utf8') });
  }

  end({ execution, offset }: LogPosition, job: JobRecord): Promise<void> {
    const own = job.executions.find((one) => one.number === execution);
    const conclusion = own?.conclusion ?? job.conclusion;
    return this.#stream.send({ event: 'end', data: { execution, conclusion, bytes: offset } });
  }
}

function idOf({ execution, offset }: LogPosition): string {
  return `${execution}:${offset}`;
}
