import { type Request, type Response, Router } from 'express';
import * as z from 'zod';
import type { JobRecord } from '../store/job-record.ts';
import { HttpError } from '../support/http-guard.ts';
import { executionOf } from './api-log.ts';
import type { WebContext } from './context.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import type { LogFacts } from './log-readers.ts';

/** Most lines of one answer. */
const MOST_LINES = 2_000;
/** Lines of an answer where it is not said how many. */
const LINES = 200;

const execution = numberSchema(1, 1_000_000).optional();
/** Which lines. */
export const linesSchema = z.strictObject({
  execution,
  from: z
    .string()
    .regex(/^-?[1-9]\d{0,11}$/, 'a line from 1 on, or a negative number to count from the end')
    .transform(Number)
    .default(1),
  count: numberSchema(1, MOST_LINES).default(LINES),
});
/** What to look for. */
export const searchSchema = z.strictObject({ execution, q: z.string().min(1, 'at least one character').max(200) });

/** Of which execution. */
export const outlineSchema = z.strictObject({ execution });

/** Logs by lines: ranges, what stands out, and search. */
export function logLineRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/jobs/:id/log/lines', async (request, response) => {
    const { from, count, ...query } = parse(linesSchema, request.query);
    const key = await keyOf(context, request, query.execution);
    const { lines, total, bytes } = await context.logReaders.lines(key, from, count);
    response.json({ execution: key.execution, lines, total_lines: total, bytes });
  });
  router.get('/jobs/:id/log/outline', async (request, response) => {
    const query = parse(outlineSchema, request.query);
    const { record, ...key } = await keyOf(context, request, query.execution);
    const facts = await context.logReaders.facts(record, key.execution);
    response.json({ execution: key.execution, ...outlineJson(facts) });
  });
  router.get('/jobs/:id/log/search', (request, response) => search(context, request, response));
  return router;
}

/** What stands out in a log, as the API tells it. */
export function outlineJson(facts: LogFacts) {
  return {
    ...{ total_lines: facts.lines, bytes: facts.bytes, is_complete: facts.isComplete },
    ...{ steps: facts.steps, groups: facts.groups, failures: facts.failures, first_failure: facts.firstFailure },
  };
}

async function search(context: WebContext, request: Request, response: Response): Promise<void> {
  const query = parse(searchSchema, request.query);
  const key = await keyOf(context, request, query.execution);
  let isGone = false;
  response.on('close', () => {
    isGone = true;
  });
  const hits = await context.logReaders.search(key, query.q, () => isGone);
  if (hits === undefined)
    throw new HttpError(429, 'E_TOO_MANY', 'two searches through logs are under way; try again in a moment');
  if (!isGone) response.json({ execution: key.execution, q: query.q, lines: hits.lines, is_capped: hits.isCapped });
}

async function keyOf(context: WebContext, request: Request, asked: number | undefined) {
  const record: JobRecord | undefined = await context.store.job(parse(idSchema, request.params.id));
  if (record === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no job ${request.params.id}`);
  return { record, job: record.id, execution: executionOf(record, asked) };
}
