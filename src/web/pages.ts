import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import * as z from 'zod';
import type { RunnerStatus } from '../model/pool.ts';
import { describeError, HttpError } from '../support/http-guard.ts';
import { filterOf, reasonsOf, runFilterSchema } from './api-runs.ts';
import { favicon } from './assets/icons.ts';
import type { WebContext } from './context.ts';
import { EventStream } from './event-stream.ts';
import { type Html, html, prose } from './html.ts';
import { idSchema, parse } from './input.ts';
import { assets, layout, type PageFrame } from './layout.ts';
import { followLog } from './log-follow.ts';
import { apiPage } from './page-api.ts';
import { catchUp, HtmlSink, readTail } from './page-log.ts';
import { queuePage, queueSentence, type RunningJob, runnersPage, runnersSentence } from './page-queue.ts';
import { jobToOpen, runPage, runSentence } from './page-run.ts';
import { runsPage, runsSentence } from './page-runs.ts';
import { brokenSince } from './verdicts.ts';
import { explainQueue } from './waiting.ts';

/** How many runs a page lists. */
const PAGE = 50;
/** How many waiting jobs the page of the queue lists. */
const QUEUE_PAGE = 100;
/** How long a browser may keep an asset whose address holds its version, in seconds. */
const YEAR_SECONDS = 31_536_000;

/** The page for people: readable without JavaScript, live with it. */
export function pageRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  assetRoutes(router);
  router.get('/', (request, response) => sendRuns(context, request, response));
  router.get('/runs/:id', (request, response) => sendRun(context, request, response));
  router.get('/queue', async (_request, response) => {
    const { jobs, total } = await context.store.queue(QUEUE_PAGE);
    const explained = explainQueue(jobs, context.operations.runners());
    const now = context.clock.now();
    const title = queueSentence(explained, total, now);
    await send(context, response, { title, section: 'queue', main: queuePage(explained, total, now) });
  });
  router.get('/runners', async (_request, response) => {
    const runners = context.operations.runners();
    const main = runnersPage(runners, await runningJobs(context, runners), context.clock.now());
    await send(context, response, { title: runnersSentence(runners), section: 'runners', main });
  });
  router.get('/api/docs', async (_request, response) => {
    const main = apiPage(await context.description.document());
    await send(context, response, { title: 'The HTTP interface', section: null, main });
  });
  router.get('/live/jobs/:id/log', (request, response) => sendLive(context, request, response));
  return router;
}

/** What went wrong, as a page, for a person who looks at the page; everybody else gets JSON. */
export function pageErrors(context: WebContext): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    const isPage =
      request.method === 'GET' && !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html';
    const { status, message } = describeError(error);
    if (!isPage || status >= 500 || response.headersSent) return next(error);
    const title = status === 404 ? 'There is no such page' : 'This cannot be shown';
    const main = html`<div class="hello"><h1>${title}</h1><p class="dim">${prose(message)}</p><p class="more"><a class="btn" href="/">All runs</a></p></div>`;
    await send(context, response.status(status), { title, section: null, main });
  };
}

function assetRoutes(router: Router): void {
  for (const [name, { type, text }] of Object.entries(assets))
    router.get(`/assets/${name}`, (_request, response) => {
      response.set('Cache-Control', `public, max-age=${YEAR_SECONDS}, immutable`).type(type).send(text);
    });
  router.get('/assets/icon.svg', (_request, response) => {
    response.set('Cache-Control', 'public, max-age=3600').type('image/svg+xml').send(favicon);
  });
}

async function sendRuns(context: WebContext, request: Request, response: Response): Promise<void> {
  const given = nonEmpty(request.query);
  const filter = await filterOf(context, { limit: PAGE, ...parse(runFilterSchema, given) });
  const runs = await context.store.runs(filter);
  const { before: _before, limit: _limit, ...query } = given;
  const page = {
    runs,
    next: runs.length === filter.limit ? (runs.at(-1)?.id ?? null) : null,
    verdicts: (await context.verdicts.all()).filter((one) => one.repository === (filter.repository ?? one.repository)),
    repository: filter.repository ?? null,
    query,
    repositories: (await context.store.repositories()).map(({ name }) => name),
    now: context.clock.now(),
  };
  const title = runsSentence(page);
  await send(context, response, { title, section: 'runs', main: runsPage(page), said: title });
}

async function sendRun(context: WebContext, request: Request, response: Response): Promise<void> {
  const { job: asked } = parse(z.strictObject({ job: idSchema.optional() }), nonEmpty(request.query));
  const found = await context.store.run(parse(idSchema, request.params.id));
  if (found === undefined) throw new HttpError(404, 'E_NOT_FOUND', `there is no run ${request.params.id}`);
  const { run, jobs } = found;
  const opened = jobToOpen(jobs, asked);
  // a page that refreshes itself has the log already, and gets the rest of it through its own stream
  const isRefresh = request.get('X-Signalbox-Refresh') !== undefined;
  const hasLog = opened !== undefined && opened.execution > 0 && !isRefresh;
  const tail = hasLog ? await readTail(context.logs, { job: opened.id, execution: opened.execution }) : undefined;
  const reasons = await reasonsOf(context, jobs);
  const tests = await context.store.tests.ofRun(run.id);
  const said = runSentence(run, jobs, tests);
  const artifacts = await context.store.artifacts.ofRun(run.id);
  const breakage = await brokenSince(context, run);
  const { differences } = found;
  const shown = { run, jobs, differences, tests, artifacts, reasons, breakage, opened, tail, now: context.clock.now() };
  const main = runPage(shown);
  await send(context, response, { title: `${said}: ${run.repository} #${run.number}`, section: 'runs', main, said });
}

async function sendLive(context: WebContext, request: Request, response: Response): Promise<void> {
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
}

async function send(
  { store, operations }: WebContext,
  response: Response,
  page: Pick<PageFrame, 'title' | 'section' | 'said'> & { main: Html },
): Promise<void> {
  const { total } = await store.queue(1);
  response.type('html').send(layout({ ...page, waiting: total, runners: operations.runners() }));
}

/** What the runners execute, by the names that people know. */
async function runningJobs({ store }: WebContext, runners: readonly RunnerStatus[]): Promise<Map<number, RunningJob>> {
  const found = new Map<number, RunningJob>();
  for (const { job: id } of runners.flatMap((runner) => runner.executions)) {
    const job = await store.job(id);
    const run = job && (await store.run(job.runId));
    if (job === undefined || run === undefined) continue;
    found.set(id, { job: id, name: job.name, run: job.runId, repository: run.run.repository, number: run.run.number });
  }
  return found;
}

/** A form sends empty fields, too: they filter nothing. */
function nonEmpty(query: Request['query']): Record<string, string> {
  const entries = Object.entries(query).filter(([, value]) => value !== '');
  return Object.fromEntries(entries) as Record<string, string>;
}
