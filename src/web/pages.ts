import { type ErrorRequestHandler, type Request, type Response, Router } from 'express';
import { harmlessData } from '../../web/src/harmless.ts';
import type { Frame, PageContents } from '../../web/src/page.ts';
import { problem } from '../../web/src/pages/problem.tsx';
import { themeOf } from '../../web/src/switch-theme.ts';
import { logUrl } from '../../web/src/urls.ts';
import { CONTENT_POLICY, describeError, isFromHere } from '../support/http-guard.ts';
import type { WebContext } from './context.ts';
import { documentOf } from './document.ts';
import { liveChanges } from './live-changes.ts';
import { liveLog } from './live-log.ts';
import { PackedText, sendPacked } from './packed-text.ts';
import { apiPage } from './page-api.ts';
import { definePage, type PageDefinition } from './page-definition.ts';
import { deliveriesPage } from './page-deliveries.ts';
import { headerOf } from './page-header.ts';
import { homePage } from './page-home.ts';
import { logPage, logPageData } from './page-log.ts';
import { queuePage } from './page-queue.ts';
import { repositoryPage } from './page-repository.ts';
import { runPage } from './page-run.ts';
import { runnersPage } from './page-runners.ts';
import { runsPage } from './page-runs.ts';
import { settingsPage } from './page-settings.ts';
import { runPageData } from './run-page.ts';
import { SharedAnswers } from './shared-answers.ts';

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

/** How long after something happened where nothing had run yet: the run itself comes first. */
const FIRST_RUN_MS = 1_000;

/** The pages, as HTML for people and as JSON for the pages themselves, which ask again when something happens. */
export function pageRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  const shared = new SharedAnswers<PackedText>(() => context.store.lastEvent());
  router.get('/assets/:file', context.assets.serve());
  // what a browser asks for beside what is no page of ours, as JSON is
  router.get('/favicon.ico', (_request, response) => response.redirect(301, '/assets/icon.svg'));
  // programs are told that there is nothing, people what there is
  router.get('/api', (request, response, next) =>
    request.accepts(['json', 'html']) === 'html' ? response.redirect(302, '/api/docs') : next(),
  );
  // where the log of a job was until it got a page of its own
  router.get('/runs/:id', (request, response, next) => {
    const { job } = request.query;
    if (typeof job !== 'string' || !/^\d+$/.test(job)) return next();
    response.redirect(302, logUrl(Number(request.params.id), Number(job)));
  });
  for (const page of PAGES)
    router.get(page.path, async (request, response) => {
      if (request.accepts(['html', 'json']) !== 'json')
        return send(context, request, response, page, await page.load(context, request));
      const make = async () => {
        const contents = await contentsOf(context, request, page, await page.load(context, request));
        return new PackedText(JSON.stringify(contents));
      };
      const whose = JSON.stringify([request.headers.host, isFromHere(request), request.originalUrl]);
      const upTo = askedAfter(request);
      const answer = await (upTo === undefined ? shared.getNew(whose, make) : shared.get(whose, upTo, make));
      response.vary('Accept').type('json');
      await answer.send(request, response);
    });
  router.get('/live/changes', liveChanges(context));
  router.get('/live/jobs/:id/log', liveLog(context));
  return router;
}

/** Where nothing has run yet the other pages are rendered when something has: they come to be looked at then. */
function warmUpLater(context: WebContext): void {
  const { store, clock, logger } = context;
  const leave = store.onEvents(() => {
    leave();
    clock.after(FIRST_RUN_MS, () => {
      warmUp(context).catch((error: unknown) => logger.debug({ err: error }, 'the pages were not warmed up'));
    });
  });
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

/** The event because of which an open page asks for its data again. */
function askedAfter(request: Request): number | undefined {
  const [id] = /^\d{1,15}$/.exec(request.get('Signalbox-After') ?? '') ?? [];
  return id === undefined ? undefined : Number(id);
}

async function contentsOf(
  context: WebContext,
  request: Request,
  { view, isPlain }: PageDefinition,
  data: unknown,
): Promise<PageContents> {
  // as the browser will have it, so that both render the same
  const plain = isPlain === true ? data : harmlessData(JSON.parse(JSON.stringify(data)));
  return { page: view.name, frame: await frameOf(context, isFromHere(request)), data: plain };
}

async function send(
  context: WebContext,
  request: Request,
  response: Response,
  page: PageDefinition,
  data: unknown,
): Promise<void> {
  const { view, hasFrames = false } = page;
  const contents = await contentsOf(context, request, page, data);
  response.vary('Accept');
  if (hasFrames) response.set('Content-Security-Policy', `${CONTENT_POLICY}; frame-src 'self'`);
  response.type('html');
  await sendPacked(request, response, htmlOf(context, view, contents, themeOf(request.headers.cookie)));
}

function htmlOf(
  context: WebContext,
  view: PageDefinition['view'],
  contents: PageContents,
  theme: ReturnType<typeof themeOf> = 'system',
): string {
  return documentOf(view, contents, context.assets.of(view.name), theme);
}

/**
 * Renders the pages that people open first, for nobody: the first time it takes ten times as long as later ones. What
 * they are made of is read before, with others in between.
 */
export async function warmUp(context: WebContext): Promise<void> {
  const render = async (view: PageDefinition['view'], data: unknown) => {
    const plain = harmlessData(JSON.parse(JSON.stringify(data)));
    htmlOf(context, view, { page: view.name, frame: await frameOf(context, false), data: plain });
    await new Promise((resolve) => setImmediate(resolve));
  };
  const repositories = await context.home.rows();
  // some are as good as all
  await render(homePage.view, { repositories: repositories.slice(0, 20), show: 'all', q: '', base: '' });
  const [newest] = await context.store.runs({ limit: 1 });
  if (newest === undefined) return warmUpLater(context);
  const run = await runPageData(context, newest.id, '');
  await render(runPage.view, run);
  const [job] = run.jobs;
  if (job !== undefined)
    await render(logPage.view, await logPageData(context, { run: newest.id, job: job.id }, {}, ''));
}

async function frameOf(context: WebContext, isHere: boolean): Promise<Frame> {
  return { ...(await headerOf(context)), person: isHere ? (context.person ?? null) : null };
}
