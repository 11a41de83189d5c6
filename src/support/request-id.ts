import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';
import type { Logger } from './logger.ts';

/** Names a request in the logs of a proxy, of ours, and of whoever asked. */
const HEADER = 'X-Request-Id';
/** What is taken from outside; it goes into logs and is sent back. */
const ACCEPTED = /^[\w.:-]{1,100}$/;

/** Gives each request an id: the one that it brings, as a proxy sets it, else a new one. It is in the answer. */
export const nameRequest: RequestHandler = (request, response, next) => {
  const given = request.get(HEADER);
  response.set(HEADER, given !== undefined && ACCEPTED.test(given) ? given : randomUUID());
  next();
};

/** Logs each request when it was answered, at `debug`; its query may hold what nobody is to see, and is left out. */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    if (!logger.isLevelEnabled('debug')) return next();
    const beganMs = performance.now();
    response.once('close', () => {
      const { method, originalUrl } = request;
      const [path] = originalUrl.split('?', 1);
      const ms = Math.round(performance.now() - beganMs);
      logger.debug({ request: requestIdOf(response), method, path, status: response.statusCode, ms }, 'answered');
    });
    next();
  };
}

/** The id of the request that this answers; undefined where none was given. */
export function requestIdOf(response: Response): string | undefined {
  return response.get(HEADER);
}
