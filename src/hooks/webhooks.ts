import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from 'express';
import { isNoCommit } from '../model/push.ts';
import { CiError, messageOf } from '../support/ci-error.ts';
import type { Clock } from '../support/clock.ts';
import { errorBody } from '../support/http-guard.ts';
import type { Logger } from '../support/logger.ts';
import { requestIdOf } from '../support/request-id.ts';
import { type Addressee, type AddresseeOptions, addresseeOf, verifyUnparsed, whyNotYet } from './addressee.ts';
import type { Admission } from './admission.ts';
import type { Arrival, Move } from './delivery.ts';
import { DeliveryError, unreadable } from './delivery-error.ts';
import type { Envelope, Forge, Order } from './forge.ts';
import { forgeOf, isGreeting } from './forges.ts';
import type { Inbox } from './inbox.ts';
import type { DeliveryStatus } from './inbox-tables.ts';
import { NEWCOMER } from './newcomers.ts';
import type { Refusals } from './refusals.ts';
import { observedSources, type SourceKind } from './source-kind.ts';
import { pullIn, type ToldPulls } from './told-pulls.ts';

/** What the endpoint needs. */
export interface WebhooksOptions extends AddresseeOptions {
  readonly inbox: Pick<Inbox, 'add'>;
  readonly admission: Admission;
  /** Told of what is not taken. */
  readonly refusals: Pick<Refusals, 'add'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly pulls: Pick<ToldPulls, 'isTold' | 'told'>;
  /** A forge told something of a repository by itself. */
  readonly onHeard: (repository: number) => void;
  /** Was this push dispatched before, for its trigger too? Then it is journaled and nothing else. */
  readonly isSettled: (repository: number, move: Move, trigger: Arrival['trigger']) => boolean;
  /** A push is verified, and will be on disk in a moment. */
  readonly onVerified: (repository: number, move: Move, trigger: Arrival['trigger']) => void;
  /** A push, or another event, is on disk under this number. */
  readonly onDelivery: (seq: number, arrival: Arrival & { readonly move: Move }) => void;
  /** Where the runs of a push are seen. */
  readonly runsUrl: (repository: string, where: { readonly sha?: string; readonly ref?: string }) => string;
}

/** GitHub's own limit. */
const MAX_BYTES = 25 * 1024 * 1024;
/** Above this the signature is checked before anything is parsed. */
const PARSED_FIRST_BYTES = 1024 * 1024;
interface Delivery {
  readonly forge: Forge;
  readonly envelope: Envelope;
  readonly repository: Addressee;
  readonly order: Order;
  readonly text: string;
  readonly bytes: number;
}

/** `POST /webhooks`: verified, journaled, answered; never more. */
export function createWebhooks(options: WebhooksOptions): Router {
  const router = express.Router();
  const body = express.raw({ type: isJson, limit: MAX_BYTES, inflate: false });
  const enter: RequestHandler = (request, response, next) => {
    const leave = options.admission.enter(request);
    response.once('close', leave);
    next();
  };
  router.post('/webhooks', enter, body, (request, response, next) => {
    receive(options, request, response).catch(next);
  });
  router.use('/webhooks', failed(options));
  return router;
}

async function receive(options: WebhooksOptions, request: Request, response: Response): Promise<void> {
  if (isGreeting(request.headers)) return void response.status(200).json({});
  const delivery = await read(options, request.headers, request.body);
  const { order, envelope, repository } = delivery;
  if (order.kind === 'ping') {
    await journal(options, { ...arrivalOf(options, request.headers, delivery), answer: 200 });
    return answer(response, 200, envelope.delivery, options.runsUrl(repository.name, {}));
  }
  await takeOthers(options, request.headers, delivery);
  if (request.headers['x-signalbox-trigger'] === undefined) options.onHeard(repository.id);
  const arrival = arrivalOf(options, request.headers, delivery);
  const seq = await takePull(options, delivery, arrival);
  if (options.logger.isLevelEnabled('debug')) {
    const about = { request: requestIdOf(response), delivery: arrival.id, repository: repository.name };
    const { forge, event, trigger } = arrival;
    options.logger.debug({ ...about, forge, event, trigger }, seq === undefined ? 'it is held already' : 'accepted');
  }
  answer(response, seq === undefined ? 200 : 202, arrival.id, options.runsUrl(repository.name, placeOf(arrival)));
}

/** The same, but for a pull request that was told of otherwise already: that is written down, and nothing else. */
async function takePull(options: WebhooksOptions, { order }: Delivery, arrival: Arrival): Promise<number | undefined> {
  const { id } = arrival.repository;
  const pull = id === NEWCOMER ? undefined : pullIn(order);
  if (pull === undefined) return take(options, arrival);
  if (await options.pulls.isTold(id, pull, arrival.trigger)) {
    const other = arrival.trigger === 'poll' ? 'its webhook' : 'the poller';
    return take(options, { ...arrival, status: 'ignored', outcome: `${other} told of it already` });
  }
  const seq = await take(options, arrival);
  await options.pulls.told(id, pull);
  return seq;
}

/** Writes it down; undefined: it is held already. */
async function take(options: WebhooksOptions, arrival: Arrival): Promise<number | undefined> {
  const { move, repository, trigger } = arrival;
  const isPending = arrival.status === 'pending';
  if (move !== null && arrival.event === 'push' && isPending) options.onVerified(repository.id, move, trigger);
  const seq = await journal(options, arrival);
  if (seq !== undefined && move !== null && isPending) options.onDelivery(seq, { ...arrival, move });
  return seq;
}

/**
 * Where one delivery tells of several refs, each is a delivery of its own, `<id>.2` and so on, with what it says and no
 * more. They come before the first, which tells whether all of it is held already.
 */
async function takeOthers(options: WebhooksOptions, headers: IncomingHttpHeaders, delivery: Delivery): Promise<void> {
  const { order, envelope } = delivery;
  const others = order.kind === 'push' ? (order.more ?? []) : [];
  const taken = others.map((push, at) => {
    const text = JSON.stringify({ delivery: envelope.delivery, push });
    const own = { ...envelope, delivery: `${envelope.delivery}.${at + 2}` };
    const one: Delivery = { ...delivery, envelope: own, order: { kind: 'push', push }, text, bytes: text.length };
    return take(options, arrivalOf(options, headers, one));
  });
  await Promise.all(taken);
}

async function read(options: WebhooksOptions, headers: IncomingHttpHeaders, body: unknown): Promise<Delivery> {
  if (!isJsonType(headers['content-type'])) throw new DeliveryError('E_DELIVERY_TYPE', NOT_JSON);
  if (!Buffer.isBuffer(body) || body.length === 0) throw unreadable('it has no body');
  if (!isUtf8(body)) throw unreadable('it is not UTF-8');
  const forge = forgeOf(headers);
  const text = body.toString('utf8');
  const envelope = forge.envelope(headers, text);
  if (body.length > PARSED_FIRST_BYTES) await verifyUnparsed(options, { forge, text, headers });
  const payload = parse(text);
  const repository = await addresseeOf(options, { forge, text, headers }, payload);
  return {
    forge,
    envelope,
    repository,
    order: forge.order(envelope.event, payload, headers),
    text,
    bytes: body.length,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable('it is no JSON, or only a part of it', { cause });
  }
}

function arrivalOf(options: WebhooksOptions, headers: IncomingHttpHeaders, delivery: Delivery): Arrival {
  const { forge, envelope, repository, order, text, bytes } = delivery;
  const common = {
    id: envelope.delivery,
    receivedAt: options.clock.now(),
    forge: forge.name,
    event: envelope.event,
    repository: { id: repository.id, name: repository.name },
    headers: JSON.stringify(keptHeaders(headers)),
    payload: text,
    bytes,
    answer: 202,
  };
  const outcome = whyNotYet(repository, order);
  if (outcome !== undefined) return { ...common, trigger: 'webhook', move: null, status: 'ignored', outcome };
  if (order.kind === 'events') {
    const [{ ref = '', sha = '' }] = order.events;
    const source = sourceOf(repository, 'webhook', undefined);
    const move = { source, ref, before: '', after: sha };
    const trigger = headers['x-signalbox-trigger'] === 'poll' ? 'poll' : 'webhook';
    return { ...common, trigger, move, status: 'pending', outcome: null };
  }
  if (order.kind !== 'push') {
    const outcome = order.kind === 'ignored' ? order.why : PONG;
    return { ...common, trigger: 'webhook', move: null, status: 'ignored', outcome };
  }
  const { trigger, ref, before, after } = order.push;
  const move = { source: sourceOf(repository, trigger, headers['x-signalbox-source']), ref, before, after };
  const isSettled = options.isSettled(repository.id, move, trigger);
  const status: DeliveryStatus = isSettled ? 'processed' : 'pending';
  return { ...common, event: 'push', trigger, move, status, outcome: isSettled ? 'nothing new' : null };
}

/** Which source a push speaks of: our own posts say it; a forge speaks of itself, a hook of the folder it is in. */
function sourceOf({ sources }: Addressee, trigger: string, said: unknown): SourceKind {
  const kinds = observedSources({ sources }).map((source) => source.kind);
  const named = trigger === 'webhook' ? 'remote' : kinds.find((kind) => kind === said);
  return kinds.find((kind) => kind === named) ?? kinds[0] ?? 'local';
}

/** Where its runs are found: of a tag by its name, since what is told of it may be no commit. */
function placeOf({ move }: Arrival): { readonly sha?: string; readonly ref?: string } {
  if (move === null || isNoCommit(move.after)) return {};
  if (move.ref.startsWith('refs/tags/')) return { ref: move.ref };
  return move.after === '' ? {} : { sha: move.after };
}

/** Everything but what opens doors elsewhere. */
function keptHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { authorization: _, cookie: __, ...kept } = headers;
  return kept;
}

async function journal({ inbox, logger }: WebhooksOptions, arrival: Arrival): Promise<number | undefined> {
  try {
    return await inbox.add(arrival);
  } catch (cause) {
    logger.error({ delivery: arrival.id, error: messageOf(cause) }, 'a delivery could not be journaled');
    const message = `the delivery could not be written down (${messageOf(cause)}); send it again later`;
    throw new DeliveryError('E_INBOX_UNAVAILABLE', message, { cause });
  }
}

/** What came of a ping. */
const PONG = 'a ping: this webhook is set up well';

const NOT_JSON =
  'a delivery is JSON (content type application/json, not compressed); choose that in the settings of the webhook';

function isJson(request: IncomingMessage): boolean {
  return isJsonType(request.headers['content-type']);
}

function isJsonType(type: string | undefined): boolean {
  return type !== undefined && /^application\/(?:json|[\w.-]+\+json)\s*(?:;|$)/i.test(type);
}

function answer(response: Response, status: number, delivery: string, runsUrl: string): void {
  const body = JSON.stringify({ delivery, runs_url: runsUrl });
  // without express' own `json`, which hashes the body for an ETag that nobody asks for
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

/** Errors of the body reader by their `type`: https://github.com/stream-utils/raw-body#errors */
const OF_THE_BODY: Readonly<Record<string, () => DeliveryError>> = {
  'entity.too.large': () =>
    new DeliveryError(
      'E_DELIVERY_TOO_LARGE',
      `a delivery has at most ${MAX_BYTES} bytes; the poller finds what it told`,
    ),
  'encoding.unsupported': () => new DeliveryError('E_DELIVERY_TYPE', NOT_JSON),
  'request.size.invalid': () => unreadable('it is shorter or longer than its Content-Length'),
};

function failed({ logger, refusals, clock }: WebhooksOptions): ErrorRequestHandler {
  return (error: unknown, { headers }, response, next) => {
    if (response.headersSent || (error as { type?: unknown }).type === 'request.aborted') return next(error);
    const known = OF_THE_BODY[String((error as { type?: unknown }).type)]?.() ?? error;
    const request = requestIdOf(response);
    if (known instanceof DeliveryError) {
      logger.debug({ request, code: known.code }, 'a delivery was refused');
      refusals.add(headers, known, clock.now());
      if (known.status === 429 || known.status === 503) response.set('Retry-After', '5');
      response.status(known.status).json(errorBody(known.code, known.message));
      return;
    }
    if (!(known instanceof CiError))
      logger.error({ request, error: messageOf(known) }, 'a delivery could not be handled');
    response.status(500).json(errorBody('E_INTERNAL', 'the delivery could not be handled; see the log of the server'));
  };
}
