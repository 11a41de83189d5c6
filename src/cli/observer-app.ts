import express, { type Express, type RequestHandler } from 'express';
import type { Config } from '../config/config.ts';
import { RETENTION, type Retention } from '../hooks/inbox.ts';
import { readGithubApp } from '../protocol/github-app.ts';
import { messageOf } from '../support/ci-error.ts';
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
import { type HealthContext, healthRoutes } from '../web/health.ts';
import type { Metrics } from '../web/metrics.ts';

/** What the observer's own server needs. */
export interface ObserverAppOptions {
  readonly config: Pick<Config, 'publicUrl' | 'http'>;
  readonly credentials: Credentials;
  readonly logger: Logger;
  readonly router: RequestHandler;
  readonly metrics: Metrics;
  readonly health: HealthContext;
}

/** A delivery has its signature; that the server lives tells nothing. */
const OPEN = [
  { method: 'POST', path: '/webhooks' },
  { method: 'GET', path: '/healthz' },
  { method: 'GET', path: '/readyz' },
];

/** The doors of an observer that runs alone, behind the same guards as the page. */
export function observerApp({ config, credentials, logger, router, metrics, health }: ObserverAppOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(nameRequest, logRequests(logger), metrics.requests);
  app.use(securityHeaders, guardHost(config), guardOrigin(config), guardAccess({ credentials, open: OPEN }));
  app.use(healthRoutes(health), metrics.routes(), router);
  app.use(answerNotFound, answerErrors({ logger }));
  return app;
}

/** How long deliveries are kept. */
export function retentionOf({ retention }: Pick<Config, 'retention'>): Retention {
  const { deliveriesMs: maxAgeMs, deliveriesBytes: maxBytes } = retention;
  return { ...RETENTION, maxAgeMs, maxBytes };
}

/** Who may change something was decided at the door, by `guardAccess`, for every route. */
export const letThrough: RequestHandler = (_request, _response, next) => next();

/** What the GitHub App of a home signs with. One that cannot be read is none: deliveries with a repository's own secret go on. */
export async function appSecretOf(home: string, logger: Logger): Promise<string | undefined> {
  try {
    return (await readGithubApp(home))?.webhook_secret ?? undefined;
  } catch (error) {
    logger.warn({ error: messageOf(error) }, 'deliveries of the GitHub App cannot be verified');
    return undefined;
  }
}
