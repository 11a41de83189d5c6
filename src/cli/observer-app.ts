import express, { type Express, type RequestHandler } from 'express';
import type { Config } from '../config/config.ts';
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
import { nameRequest } from '../support/request-id.ts';
import type { Metrics } from '../web/metrics.ts';

/** What the observer's own server needs. */
export interface ObserverAppOptions {
  readonly config: Pick<Config, 'publicUrl'>;
  readonly credentials: Credentials;
  readonly logger: Logger;
  readonly router: RequestHandler;
  readonly metrics: Metrics;
}

/** A delivery has its signature; that the server lives tells nothing. */
const OPEN = [
  { method: 'POST', path: '/webhooks' },
  { method: 'GET', path: '/healthz' },
];

/** The doors of an observer that runs alone, behind the same guards as the page. */
export function observerApp({ config, credentials, logger, router, metrics }: ObserverAppOptions): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  app.use(nameRequest, metrics.requests);
  app.use(securityHeaders, guardHost(config), guardOrigin(config), guardAccess({ credentials, open: OPEN }));
  app.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  app.use(metrics.routes(), router);
  app.use(answerNotFound, answerErrors({ logger }));
  return app;
}

/** Who may change something was decided at the door, by `guardAccess`, for every route. */
export const letThrough: RequestHandler = (_request, _response, next) => next();
