import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { CiError, messageOf } from './ci-error.ts';
import { bracketed, isEverywhere } from './host-port.ts';
import type { Credentials } from './http-credentials.ts';
import type { Logger } from './logger.ts';
import { requestIdOf } from './request-id.ts';

/** By which names the server is reached, beside those of loopback. */
export interface GuardOptions {
  /** From outside; null: it has no such name. */
  readonly publicUrl: string | null;
  /** Where it listens: an address that its owner gave it is a name of it, too, unless it stands for all. */
  readonly http?: { readonly host: string };
}

/** What may be asked without credentials from anywhere, for instance because it has a signature of its own. */
export interface OpenRoute {
  readonly method: string;
  /** Compared as it was sent, letter by letter; one that ends in a slash stands for all below it. */
  readonly path: string;
}

/** The body of every answer that says no. */
export function errorBody(code: `E_${string}`, message: string): { error: { code: string; message: string } } {
  return { error: { code, message } };
}

/** An error with the status of its answer. */
export class HttpError extends CiError {
  override readonly name = 'HttpError';
  readonly status: number;
  readonly code: `E_${string}`;
  constructor(status: number, code: `E_${string}`, message: string, options?: ErrorOptions) {
    super(message, options);
    this.status = status;
    this.code = code;
  }
}

/** What a page may load: nothing from elsewhere, nothing inline, nothing in frames. */
export const CONTENT_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/**
 * Sent with everything: nothing is loaded from elsewhere, framed, sniffed or kept. No `Cross-Origin-Opener-Policy`: for it a
 * browser begins with another process once the answer is there; `docs/decisions/0023-no-opener-policy.md`.
 */
const HEADERS = Object.entries({
  'Content-Security-Policy': CONTENT_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
});

/** Sets the headers that keep a browser from being used against us. Comes first, so that refusals have them too. */
export const securityHeaders: RequestHandler = (_request, response, next) => {
  for (const [name, value] of HEADERS) response.setHeader(name, value);
  next();
};

/**
 * Answers only to names that are ours: loopback names, on any port (it may be forwarded), the host that it listens on, and that of `publicUrl`.
 * A page anywhere can make its own name point to 127.0.0.1 and would then be read and obeyed as ours (DNS rebinding).
 */
export function guardHost({ publicUrl, http }: GuardOptions): RequestHandler {
  const names = new Set(['localhost', '127.0.0.1', '[::1]']);
  if (http !== undefined && !isEverywhere(http.host)) names.add(bracketed(http.host).toLowerCase());
  if (publicUrl !== null) names.add(new URL(publicUrl).hostname);
  return (request, response, next) => {
    const name = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec((request.headers.host ?? '').toLowerCase())?.[1];
    if (name === undefined || !names.has(name))
      return refuse(
        response,
        421,
        'E_HOST',
        'this name is not one of ours; use 127.0.0.1 or localhost, or set public_url',
      );
    if (!request.url.startsWith('/'))
      return refuse(response, 400, 'E_BAD_REQUEST', 'the path has to begin with a slash');
    next();
  };
}

/** An `Origin` that is sent must be ours, whatever the method: what a browser sends for a foreign page is refused. */
export function guardOrigin({ publicUrl }: GuardOptions): RequestHandler {
  const outside = publicUrl === null ? null : new URL(publicUrl).origin;
  return (request, response, next) => {
    const { origin } = request.headers;
    const isOurs = origin === undefined || origin === `http://${request.headers.host}` || origin === outside;
    if (!isOurs) return refuse(response, 403, 'E_ORIGIN', 'a page of another origin may not ask this server');
    next();
  };
}

/**
 * The one place that decides who may do what, before any route is looked at, so that no spelling of a path gets around
 * it. Reading (GET, HEAD) is open to this machine, but not through a proxy on it; everything else needs credentials: the token (for reading also as the password of HTTP Basic, which feed readers know), or the page's cookie
 * together with an `Origin` (already known to be ours), which browsers send with each request that changes something.
 */
export function guardAccess({ credentials, open = [] }: { credentials: Credentials; open?: readonly OpenRoute[] }) {
  const handler: RequestHandler = (request, response, next) => {
    const isReading = request.method === 'GET' || request.method === 'HEAD';
    if (isReading && isFromHere(request)) return next();
    if (open.some((route) => route.method === request.method && isAt(route.path, request.path))) return next();
    if (credentials.isBearer(request.headers.authorization)) return next();
    if (isReading && credentials.isPassword(request.headers.authorization)) return next();
    const { origin, cookie } = request.headers;
    if ((isReading || origin !== undefined) && credentials.isCookie(cookie)) return next();
    // a reader of feeds sends a password only when it is asked for one; of pages a browser would ask its user for it
    const isFeed = isReading && FEEDS.includes(request.path);
    const ways = ['Bearer realm="signalbox"', ...(isFeed ? ['Basic realm="signalbox", charset="UTF-8"'] : [])];
    response.set('WWW-Authenticate', ways);
    const basic = isFeed ? ', or the token as the password of HTTP Basic' : '';
    refuse(
      response,
      401,
      'E_UNAUTHORIZED',
      `this needs "Authorization: Bearer" with the token in <home>/token${basic}`,
    );
  };
  return handler;
}

/** What programs read that know no other credentials than a password. */
const FEEDS: readonly string[] = ['/feed.atom', '/cctray.xml'];

function isAt(open: string, path: string): boolean {
  return open.endsWith('/') ? path.startsWith(open) : path === open;
}

/** Does somebody on this machine ask, and no proxy on it for somebody else? */
export function isFromHere(request: Request): boolean {
  return isLoopback(request.socket.remoteAddress) && !isForwarded(request);
}

/** Headers by which a proxy says that it is not the one who asks. Whoever sends one without being a proxy loses by it. */
const OF_PROXIES = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/** Did a proxy pass it on? Then its socket says nothing of where it comes from. */
function isForwarded({ headers }: Request): boolean {
  return OF_PROXIES.some((name) => headers[name] !== undefined);
}

/** Is this the address of a socket from the machine itself? */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(?:::1|(?:::ffff:)?127(?:\.\d{1,3}){3})$/.test(address);
}

/** The last of all routes: there is no such thing. */
export const answerNotFound: RequestHandler = (request, _response, next) => {
  const what = `there is no ${request.method} ${clip(request.path)} here; docs/api.md lists what there is`;
  next(new HttpError(404, 'E_NOT_FOUND', what));
};

/** Answers what was thrown, as JSON; what is a bug is logged whole and told without details. */
export function answerErrors({ logger }: { logger: Logger }): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, _next) => {
    const { status, code, message } = describeError(error);
    if (status >= 500) {
      const asked = { request: requestIdOf(response), method: request.method, path: request.path };
      logger.error({ err: error, ...asked }, 'request failed');
    }
    // the answer has begun: all that is left is to break it off, so that nobody takes it for whole
    if (response.headersSent) return void response.destroy();
    refuse(response, status, code, message);
  };
}

/** What is said of an error to the one who asked: a bug without its details. */
export function describeError(error: unknown): { status: number; code: `E_${string}`; message: string } {
  if (error instanceof HttpError) return error;
  if (error instanceof CiError) return { status: statusOf(error.code), code: error.code, message: error.message };
  const status = statusOfParser(error);
  if (status === 413) return { status, code: 'E_TOO_LARGE', message: 'the body is too large' };
  if (status === 415) return { status, code: 'E_MEDIA_TYPE', message: 'the body has an encoding that is not accepted' };
  if (status !== undefined)
    return { status: 400, code: 'E_BAD_REQUEST', message: `unreadable: ${clip(messageOf(error))}` };
  return { status: 500, code: 'E_INTERNAL', message: 'an unexpected error; the log of the server has the details' };
}

/** The status that express and its body parsers give to what a client did wrong. */
function statusOfParser(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** What was asked for cannot be as things are now. */
const OF_THE_STATE: ReadonlySet<string> = new Set([
  ...['E_SECRETS_KEY', 'E_RUN_COMPLETED', 'E_RUN_NOT_COMPLETED', 'E_NOTHING_TO_RERUN', 'E_NOT_HELD', 'E_RUN_MOVED'],
]);

function statusOf(code: string): number {
  if (code.startsWith('E_STORE_') || code === 'E_DISK_LOW') return 503;
  if (code.endsWith('_EXISTS') || OF_THE_STATE.has(code)) return 409;
  if (code === 'E_DISPATCH_REFUSED') return 422;
  return code.endsWith('_NOT_FOUND') ? 404 : 400;
}

function refuse(response: Response, status: number, code: `E_${string}`, message: string): void {
  response.status(status).json(errorBody(code, message));
}

function clip(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
