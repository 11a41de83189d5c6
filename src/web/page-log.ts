import * as z from 'zod';
import type { Opening } from '../../web/src/log/opening.ts';
import { shownLine } from '../../web/src/log/shown-line.ts';
import { log } from '../../web/src/pages/log.tsx';
import type { JobRecord } from '../store/job-record.ts';
import type { LogKey } from '../store/log-store.ts';
import { HttpError } from '../support/http-guard.ts';
import { executionOf, removedWords } from './api-log.ts';
import { outlineJson } from './api-log-lines.ts';
import { baseUrl, type WebContext } from './context.ts';
import { idSchema, numberSchema, parse } from './input.ts';
import { definePage } from './page-definition.ts';
import { runDetail } from './run-detail.ts';

/** Lines that are sent with the page: what is in sight, and some on both sides. */
const LINES = 300;
const BEFORE = 100;
/** Of what comes before the first step, which is in no fold; that many lines are sent wherever a log opens. */
const FIRST = 10;
/** Of larger logs the outline is asked for when the page is there. */
const OUTLINE_BYTES = 4 * 1024 * 1024;

const querySchema = z.strictObject({
  execution: numberSchema(1, 1_000_000).optional(),
  /** The line at which to open. */
  line: numberSchema(1, 1_000_000_000).optional(),
  /** What to look for; it opens where that is first. */
  q: z.string().max(200).optional(),
});
type Query = z.infer<typeof querySchema>;

export const logPage = definePage({
  path: '/runs/:id/jobs/:job',
  view: log,
  load(context, request) {
    const of = { run: parse(idSchema, request.params.id), job: parse(idSchema, request.params.job) };
    return logPageData(context, of, parse(querySchema, request.query), baseUrl(context, request));
  },
});

/** What the page of a log shows. @throws {HttpError} 404 */
export async function logPageData(
  context: WebContext,
  of: { readonly run: number; readonly job: number },
  query: Query,
  base: string,
) {
  const run = await runDetail(context, of.run, base);
  const job = run.jobs.find(({ id }) => id === of.job);
  const record = job && (await context.store.job(job.id));
  if (job === undefined || record === undefined)
    throw new HttpError(404, 'E_NOT_FOUND', `run ${run.id} has no job ${of.job}`);
  const { id, number, repository, workflow, jobs } = run;
  const execution = query.execution ?? record.execution;
  const removed = removedWords(record, execution);
  const opening = record.execution === 0 || removed !== null ? null : await openingOf(context, record, query);
  return { run: { id, number, repository, workflow, jobs }, job, execution, removed, opening };
}

async function openingOf(context: WebContext, job: JobRecord, query: Query): Promise<Opening> {
  const { logReaders: readers } = context;
  const execution = executionOf(job, query.execution);
  const key = { job: job.id, execution };
  const text = query.q ?? '';
  const found = text === '' ? undefined : (await readers.search(key, text, () => false))?.lines[0];
  const isLarge = (await context.logs.size(key)) > OUTLINE_BYTES;
  const facts = isLarge ? null : await readers.facts(job, execution);
  const failure = facts === null ? await readers.openingLine(job, execution) : (facts.firstFailure ?? undefined);
  const asked = query.line === undefined ? undefined : await lineThere(context, job, key, query.line);
  const line = asked?.line ?? found ?? failure ?? null;
  const from = line === null ? -LINES : Math.max(1, (asked?.there ?? line) - BEFORE);
  const { lines: around, total } = await readers.lines(key, from, LINES);
  const missing = Math.min(FIRST, (around[0]?.n ?? 1) - 1);
  const lines = missing > 0 ? [...(await readers.lines(key, 1, missing)).lines, ...around] : around;
  const outline = facts && outlineJson(facts);
  const why = (asked ?? found) !== undefined ? 'asked' : failure === undefined ? 'end' : 'failure';
  return { execution, total, lines: lines.map(shownLine), line, why, outline, query: text };
}

/**
 * The line that was asked for, and the one nearest to it that is `there`. That is the same in a log that has ended; one that
 * grows may yet come to what a link names.
 */
async function lineThere({ logReaders }: WebContext, job: JobRecord, key: LogKey, asked: number) {
  const { total } = await logReaders.lines(key, -1, 1);
  const there = Math.min(asked, Math.max(1, total));
  const isLive = job.state !== 'completed' && key.execution === job.execution;
  return { line: isLive ? asked : there, there };
}
