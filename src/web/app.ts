import express, { type Express, type RequestHandler, Router } from 'express';
import type { LogStore } from '../store/log-store.ts';
import type { Store } from '../store/store.ts';
import type { Clock } from '../support/clock.ts';
import type { Credentials } from '../support/http-credentials.ts';
import {
  answerErrors,
  answerNotFound,
  guardAccess,
  guardHost,
  guardOrigin,
  securityHeaders,
} from '../support/http-guard.ts';
import type { Logger } from '../support/logger.ts';
import { logRequests, nameRequest } from '../support/request-id.ts';
import { actionRoutes } from './api-actions.ts';
import { artifactRoutes } from './api-artifacts.ts';
import { ApiDescription } from './api-description.ts';
import { eventRoutes } from './api-events.ts';
import { homeRoutes } from './api-home.ts';
import { logRoutes } from './api-log.ts';
import { logLineRoutes } from './api-log-lines.ts';
import { notificationRoutes } from './api-notifications.ts';
import { reporterRoutes } from './api-reporter.ts';
import { repositoryRoutes, runnerRoutes } from './api-repositories.ts';
import { runRoutes } from './api-runs.ts';
import { testRoutes } from './api-tests.ts';
import { vaultRoutes } from './api-vault.ts';
import { verdictRoutes } from './api-verdicts.ts';
import { Assets } from './assets.ts';
import { badgeRoutes } from './badge.ts';
import type { WebConfig, WebContext } from './context.ts';
import type { DeliveriesReader } from './deliveries-reader.ts';
import { EventHub } from './event-hub.ts';
import { feedRoutes } from './feeds.ts';
import { githubAppRoutes } from './github-app.ts';
import { healthRoutes } from './health.ts';
import { Home } from './home.ts';
import { LogReaders } from './log-readers.ts';
import { loginRoutes } from './login.ts';
import type { Metrics } from './metrics.ts';
import type { Notifications } from './notifications.ts';
import { OpenPages } from './open-pages.ts';
import type { Operations } from './operations.ts';
import { headerOf } from './page-header.ts';
import { pageErrors, pageRoutes, warmUp } from './pages.ts';
import type { ReporterHeard } from './reporter-heard.ts';
import { Verdicts } from './verdicts.ts';
import { webhookTestRoutes } from './webhook-test.ts';

/** What the web needs from others. */
export interface WebOptions {
  readonly store: Store;
  readonly logs: LogStore;
  readonly operations: Operations;
  readonly config: WebConfig;
  /** Made from the home's token. Whoever prints the link to log in makes a code with the same object: `loginLink`. */
  readonly credentials: Credentials;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Where it is noted what the reporter says of itself. Default: in the app alone. */
  readonly reporter?: ReporterHeard;
  /** Counts, and answers `/metrics`; whoever made it closes it. Without it there are none. */
  readonly metrics?: Metrics;
  /** Routes of others on the same port, behind the same guards: the observer's. */
  readonly routers?: readonly RequestHandler[];
  /** Absent where no server runs. */
  readonly notifications?: Notifications;
  /** Who has this server, by name: whoever looks at its pages on this machine is likely to be the same. */
  readonly person?: string;
  /** What came in, where the observer is part of this process. */
  readonly deliveries?: DeliveriesReader;
  /** What the browser's part of the page was built into. Default: `web/` beside the program. */
  readonly assetsFolder?: string;
  /** Given what makes the first answers as quick as later ones, to be done when there is time. Default: it is not done. */
  readonly later?: (work: () => Promise<void>) => void;
}

/** What needs no credentials: a delivery has its signature, the rest tells nothing. */
const OPEN = [
  { method: 'POST', path: '/webhooks' },
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/readyz' },
  { method: 'GET', path: '/login' },
  // a state that is good once stands for whoever began
  { method: 'GET', path: '/github/app/new' },
  { method: 'GET', path: '/github/app/callback' },
];

function openOf({ publicBadges }: Pick<WebConfig, 'publicBadges'>) {
  return publicBadges ? [...OPEN, { method: 'GET', path: '/badges/' }, { method: 'HEAD', path: '/badges/' }] : OPEN;
}

/** The HTTP API and the page, to be given to a server. Holds nothing that has to be stopped. */
export function createWebApp(options: WebOptions): Express {
  const { config, credentials, logger, metrics, routers = [] } = options;
  const parts = { ...options, hub: new EventHub(options), verdicts: new Verdicts(options) };
  const context: WebContext = {
    ...parts,
    openPages: new OpenPages(parts, () => headerOf(options)),
    home: new Home(parts),
    assets: new Assets(options.assetsFolder),
    logReaders: new LogReaders(options.logs),
    description: new ApiDescription(),
  };
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.enable('case sensitive routing').enable('strict routing');
  app.use(nameRequest, logRequests(logger));
  if (metrics !== undefined) app.use(metrics.requests);
  app.use(securityHeaders, guardHost(config), guardOrigin(config), guardAccess({ credentials, open: openOf(config) }));
  for (const router of routers) app.use(router); // first: deliveries come by the thousand
  app.use(healthRoutes(context), loginRoutes(context));
  app.use(githubAppRoutes(context));
  if (metrics !== undefined) app.use(metrics.routes());
  app.use('/api', apiRoutes(context));
  app.use(pageRoutes(context), badgeRoutes(context), feedRoutes(context));
  app.use(answerNotFound, pageErrors(context), answerErrors({ logger }));
  options.later?.(() => warmUp(context));
  return app;
}

function apiRoutes(context: WebContext): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(
    runRoutes(context),
    actionRoutes(context),
    logRoutes(context),
    logLineRoutes(context),
    eventRoutes(context),
  );
  router.use(
    artifactRoutes(context),
    repositoryRoutes(context),
    runnerRoutes(context),
    vaultRoutes(context),
    verdictRoutes(context),
  );
  router.use(notificationRoutes(context));
  router.use(testRoutes(context), reporterRoutes(context), homeRoutes(context));
  router.use(context.description.routes());
  router.use(webhookTestRoutes(context));
  return router;
}
