import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { messageOf } from '../../support/ci-error.ts';
import { oneLine } from '../../support/harmless.ts';
import { SinkDownError } from '../message.ts';
import { isForbidden } from './forbidden-address.ts';

/** Bound on the whole exchange, in milliseconds. */
const EXCHANGE_MS = 30_000;
/** Most bytes of an answer that are read, and most characters that are repeated. */
const ANSWER_BYTES = 4_096;
const ANSWER_WORDS = 200;

/** What the other side said. */
export interface HookAnswer {
  readonly status: number;
  /** The beginning of its body, on one line. */
  readonly words: string;
  /** What it asked for in `Retry-After`; undefined: nothing. */
  readonly retryAfterMs: number | undefined;
}

/**
 * Posts JSON once; follows no redirect. A name that leads to a link-local address (where clouds keep their credentials) is
 * refused, and what was looked at is what is connected to. An address that stands in the configuration as a number is meant.
 * @throws {SinkDownError} if it cannot be reached; never with the address, which is a secret.
 */
export async function postJson(
  url: URL,
  text: string,
  options: {
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
    readonly timeoutMs?: number;
  },
): Promise<HookAnswer> {
  const { timeoutMs = EXCHANGE_MS } = options;
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), timeoutMs);
  const signal = AbortSignal.any([options.signal, timeout.signal]);
  try {
    return await exchange(url, text, options.headers, signal);
  } catch (error) {
    const why = timeout.signal.aborted ? `it did not answer within ${timeoutMs / 1_000} s` : messageOf(error);
    throw new SinkDownError(`${url.host} cannot be reached: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(
  url: URL,
  text: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<HookAnswer> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const bytes = Buffer.from(text);
  const all = {
    ...headers,
    'Content-Type': 'application/json',
    'Content-Length': bytes.length,
    Accept: 'application/json',
  };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers: all, agent: false, lookup: guardedLookup, signal }, resolve);
    sent.on('error', reject);
    sent.end(bytes);
  });
  return {
    status: response.statusCode ?? 0,
    words: await wordsOf(response),
    retryAfterMs: retryAfter(response.headers['retry-after']),
  };
}

/** The beginning of an answer; HTML says nothing to people in a log. */
async function wordsOf(response: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of response.setEncoding('utf8')) {
    body += part;
    if (body.length >= ANSWER_BYTES) break;
  }
  response.destroy();
  const isMarkup = /^\s*</.test(body);
  return isMarkup ? 'a page of HTML' : oneLine(body).slice(0, ANSWER_WORDS);
}

/** Seconds, or a date. */
function retryAfter(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const seconds = Number(value);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** Refuses names that lead where they must not; asked by `net` for names only, never for numbers. */
const guardedLookup: LookupFunction = (hostname, options, callback) => {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    if (error !== null) return callback(error, '', 0);
    const allowed = addresses.filter(({ address }) => isIP(address) > 0 && !isForbidden(address));
    const [first] = allowed;
    if (first === undefined)
      return callback(
        new Error(`${hostname} leads to an address of this machine's own network segment, which is refused`),
        '',
        0,
      );
    if (options.all) callback(null, allowed);
    else callback(null, first.address, first.family);
  });
};
