import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type * as z from 'zod';
import { CiError, messageOf } from '../support/ci-error.ts';

/** How long an answer may take to begin, in milliseconds; one that has begun may go on. */
const ANSWER_MS = 30_000;
/** Largest answer that is taken as a whole. */
const MAX_BYTES = 64 * 1024 * 1024;
/** The server shows every 15 s that a stream of events lives; after so much silence it does not, in milliseconds. */
const SILENCE_MS = 60_000;

/** The server said no; code and words are its own. */
export class ApiError extends CiError {
  override readonly name = 'ApiError';
  readonly code: `E_${string}`;
  readonly status: number;
  constructor(status: number, code: `E_${string}`, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The server cannot be reached, or broke off. */
export class UnreachableError extends CiError {
  override readonly name = 'UnreachableError';
  readonly code = 'E_UNREACHABLE';
}

/** One server-sent event. */
export interface SentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** The HTTP API of one server. */
export class Api {
  /** `http://127.0.0.1:8080`. */
  readonly base: string;
  readonly #token: string;
  readonly #authorizesReads: boolean;

  /** `authorizesReads`: the token goes with what only reads, too, as a server on another machine wants it. */
  constructor(base: string, token: string, { authorizesReads = false } = {}) {
    this.base = base;
    this.#token = token;
    this.#authorizesReads = authorizesReads;
  }

  /** Asks for something and checks the answer against `schema`. */
  async get<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#checked(path, await this.#json('GET', path), schema);
  }

  /** Changes something. */
  async post<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T> {
    return this.#checked(path, await this.#json('POST', path, body), schema);
  }

  /** Takes something away; an answer that says nothing is `{}`. */
  async delete<T>(path: string, schema: z.ZodType<T>): Promise<T> {
    return this.#checked(path, await this.#json('DELETE', path), schema);
  }

  /** Opens something long; the bytes come as they are sent. `signal` ends it. */
  async open(
    path: string,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    const response = await this.#request('GET', path, headers, undefined, signal);
    if ((response.statusCode ?? 0) >= 400) throw await errorIn(response);
    return response;
  }

  /** Server-sent events of one connection, after `lastId`. Ends when the server does; throws when it breaks off. */
  async *events(path: string, lastId: string | null, signal?: AbortSignal): AsyncGenerator<SentEvent> {
    const headers = { accept: 'text/event-stream', ...(lastId === null ? {} : { 'last-event-id': lastId }) };
    const response = await this.open(path, headers, signal);
    response.setTimeout(SILENCE_MS, () => response.destroy(new Error(`silence for ${SILENCE_MS / 1000} s`)));
    try {
      yield* parseEvents(response);
    } catch (cause) {
      throw new UnreachableError(`${this.base} broke off (${messageOf(cause)})`, { cause });
    } finally {
      response.destroy();
    }
  }

  #checked<T>(path: string, value: unknown, schema: z.ZodType<T>): T {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    const where = parsed.error.issues[0]?.path.join('.');
    const what = `the answer of ${this.base}${path} has no fitting "${where}"; is the server of another version?`;
    throw new ApiError(200, 'E_BAD_ANSWER', what);
  }

  async #json(method: string, path: string, body?: unknown): Promise<unknown> {
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const headers: Record<string, string> = { accept: 'application/json' };
    if (sent !== undefined) headers['content-type'] = 'application/json';
    const response = await this.#request(method, path, headers, sent);
    if ((response.statusCode ?? 0) >= 400) throw await errorIn(response);
    const text = await readAll(response);
    return text === '' ? {} : JSON.parse(text);
  }

  #request(
    method: string,
    path: string,
    headers: Readonly<Record<string, string>>,
    body?: string,
    signal?: AbortSignal,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(new UnreachableError(`${this.base} does not answer (${messageOf(cause)})`, { cause }));
      const isAuthorized = method !== 'GET' || this.#authorizesReads;
      const sent = { ...headers, ...(isAuthorized ? { authorization: `Bearer ${this.#token}` } : {}) };
      const options = { method, headers: sent, agent: false, ...(signal === undefined ? {} : { signal }) };
      const url = new URL(path, this.base);
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(url, options, (response) => {
        request.setTimeout(0);
        resolve(response);
      });
      request.setTimeout(ANSWER_MS, () => request.destroy(new Error(`silence for ${ANSWER_MS / 1000} s`)));
      request.on('error', fail);
      request.end(body);
    });
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    size += part.length;
    if (size > MAX_BYTES) throw new UnreachableError('the answer is larger than 64 MB; ask for less with --limit');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

async function errorIn(response: IncomingMessage): Promise<ApiError> {
  const status = response.statusCode ?? 0;
  try {
    const { error } = JSON.parse(await readAll(response)) as { error?: { code?: unknown; message?: unknown } };
    const { code, message } = error ?? {};
    if (typeof code === 'string' && code.startsWith('E_') && typeof message === 'string')
      return new ApiError(status, code as `E_${string}`, message);
  } catch {
    // not the shape of our errors: something else answers on this port
  }
  return new ApiError(status, 'E_BAD_ANSWER', `the server answered ${status}, in words of its own; is it Signalbox?`);
}

/** The event stream format of the HTML standard, as far as our server uses it. */
async function* parseEvents(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<SentEvent> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const part of bytes) {
    rest += decoder.decode(part, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseEvent(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseEvent(block: string): SentEvent | undefined {
  let id: string | null = null;
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^([a-z]+): ?(.*)$/s.exec(line) ?? [];
    if (field === 'id') id = value ?? '';
    else if (field === 'event') event = value ?? '';
    else if (field === 'data') data.push(value ?? '');
  }
  return data.length === 0 && id === null ? undefined : { id, event, data: data.join('\n') };
}
