import { randomUUID } from 'node:crypto';
import type { RequestHandler, Response } from 'express';

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

/** The id of the request that this answers; undefined where none was given. */
export function requestIdOf(response: Response): string | undefined {
  return response.get(HEADER);
}
