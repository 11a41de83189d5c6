import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { harmlessData } from '../../web/src/harmless.ts';
import type { Frame } from '../../web/src/page.ts';
import { problem } from '../../web/src/pages/problem.tsx';
import { logUrl } from '../../web/src/urls.ts';
import { describeError, isFromHere } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { documentOf } from './document.ts';
import { liveLog } from './live-log.ts';
import { apiPage } from './page-api.ts';
import { definePage, type PageDefinition } from './page-definition.ts';
import { deliveriesPage } from './page-deliveries.ts';
import { homePage } from './page-home.ts';
import { logPage } from './page-log.ts';
import { queuePage } from './page-queue.ts';
import { repositoryPage } from './page-repository.ts';
import { runPage } from './page-run.ts';
import { runnersPage } from './page-runners.ts';
import { runsPage } from './page-runs.ts';
import { settingsPage } from './page-settings.ts';

/** All pages. A new one is a file for its data, one for its looks, and a line here and in `web/src/views.ts`. */
const PAGES: readonly PageDefinition[] = [
  homePage,
  runsPage,
  repositoryPage,
  runPage,
  logPage,
  queuePage,
  runnersPage,
  deliveriesPage,
  settingsPage,
  apiPage,
];

/** Shorter pages gain nothing from being packed. */
const PACK_FROM_BYTES = 1_024;
const pack = promisify(gzip);

/** The pages, as HTML for people and as JSON for the pages themselves, which ask again when something happens. */
export function pageRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/assets/:file', context.assets.serve());
  // where the log of a job was until it got a page of its own
  router.get('/runs/:id', (request, response, next) => {
    const { job } = request.query;
    if (typeof job !== 'string' || !/^\d+$/.test(job)) return next();
    response.redirect(302, logUrl(Number(request.params.id), Number(job)));
  });
  for (const page of PAGES)
    router.get(page.path, async (request, response) => {
      await send(context, request, response, page, await page.load(context, request));
    });
  router.get('/live/jobs/:id/log', liveLog(context));
  return router;
}

/** What went wrong, as a page, for a person who looks at the page; everybody else gets JSON. */
export function pageErrors(context: WebContext): ErrorRequestHandler {
  return async (error: unknown, request, response, next) => {
    const isPage =
      request.method === 'GET' && !request.path.startsWith('/api/') && request.accepts(['json', 'html']) === 'html';
    const { status, message } = describeError(error);
    if (!isPage || response.headersSent) return next(error);
    if (status >= 500) context.logger.error({ err: error, path: request.path }, 'a page could not be shown');
    try {
      await send(context, request, response.status(status), problemPage, { status, message });
    } catch {
      next(error);
    }
  };
}

const problemPage = definePage({
  path: '',
  view: problem,
  load: () => Promise.reject(new Error('a problem is not asked for')),
});

async function send(
  context: WebContext,
  request: Request,
  response: Response,
  { view }: PageDefinition,
  data: unknown,
): Promise<void> {
  // as the browser will have it, so that both render the same
  const plain = harmlessData(JSON.parse(JSON.stringify(data)));
  const contents = { page: view.name, frame: await frameOf(context, request), data: plain };
  response.vary('Accept');
  const isJson = request.accepts(['html', 'json']) === 'json';
  const text = isJson ? JSON.stringify(contents) : documentOf(view, contents, context.assets.of(view.name));
  response.type(isJson ? 'json' : 'html');
  await sendPacked(request, response, text);
}

async function sendPacked(request: Request, response: Response, text: string): Promise<void> {
  response.vary('Accept-Encoding');
  if (text.length < PACK_FROM_BYTES || request.acceptsEncodings(['gzip', 'identity']) !== 'gzip')
    return void response.send(text);
  response.set('Content-Encoding', 'gzip').send(await pack(text, { level: 4 }));
}

async function frameOf({ store, operations, clock, person }: WebContext, request: Request): Promise<Frame> {
  const runners = operations.runners();
  return {
    now: clock.now().toISOString(),
    waiting: (await store.queue(1)).total,
    slots: runners.reduce((sum, runner) => sum + runner.slots, 0),
    busy: runners.reduce((sum, runner) => sum + runner.executions.length, 0),
    runners: runners.length,
    person: isFromHere(request) ? (person ?? null) : null,
  };
}
