import { IncomingMessage, type RequestListener, ServerResponse } from 'node:http';
import type { Express } from 'express';

/**
 * What a server has to make its requests and answers of, if it is for this app. Express changes the prototype of each, and
 * after that V8 has a new hidden class for each property that is added to it, so that nothing which reads one is ever
 * quick. Made of these they have the prototypes already, and express has nothing to change.
 */
export function classesFor(app: Express) {
  class Request extends IncomingMessage {}
  class Answer extends ServerResponse {}
  app.request = under(app.request, Request.prototype) as Express['request'];
  app.response = under(app.response, Answer.prototype) as Express['response'];
  return { IncomingMessage: Request, ServerResponse: Answer };
}

/** Is it an app of express, and not a bare function? */
export function isExpress(app: RequestListener | Express): app is Express {
  return 'request' in app && 'response' in app;
}

/** Puts `prototype`, which has nothing of its own, in front of what express gives. */
function under(given: object, prototype: object): object {
  return Object.setPrototypeOf(prototype, given);
}
