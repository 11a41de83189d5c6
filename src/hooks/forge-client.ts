import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { CiError, messageOf } from '../support/ci-error.ts';

const Client = Octokit.plugin(throttling, retry);
type Client = InstanceType<typeof Client>;

/** The API of a forge said no, or nothing. */
export class ForgeApiError extends CiError {
  override readonly name = 'ForgeApiError';
  readonly code = 'E_FORGE_API';
  /** HTTP status; undefined: there was no answer. */
  readonly status: number | undefined;
  /** When it may be asked again, in milliseconds from now; undefined: it did not say. */
  readonly waitMs: number | undefined;

  constructor(
    what: string,
    status: number | undefined,
    why: string,
    waitMs: number | undefined,
    options?: ErrorOptions,
  ) {
    super(`${what}: ${why}`, options);
    this.status = status;
    this.waitMs = waitMs;
  }
}

/** An answer that is not as before. */
export interface ForgeAnswer {
  readonly data: unknown;
  /** Page after this one, as the forge names it; undefined: it is the last. */
  readonly cursor: string | undefined;
}

/** Nothing of octokit's own goes to the log: it may hold what was sent. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
/** How long one question may take, in milliseconds. */
const ASK_MS = 20_000;
/** ETags that are remembered. */
const MAX_TAGS = 2_000;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Asks the API of a forge. What was asked before is asked with `If-None-Match`, which costs
 * nothing of the rate limit where nothing has changed. Nobody waits here for a rate limit to pass: it is in the error.
 */
export class ForgeClient {
  readonly #client: Client;
  readonly #api: string;
  readonly #tags = new Map<string, string>();

  /** `api`: base of the API. */
  constructor(api: string) {
    this.#api = api;
    const isNotTriedAgain = () => false;
    this.#client = new Client({
      ...{ baseUrl: api, userAgent: 'signalbox', log: SILENT },
      throttle: { id: api, onRateLimit: isNotTriedAgain, onSecondaryRateLimit: isNotTriedAgain },
      retry: { retries: 1 },
    });
  }

  /** The answer; undefined: it is as it was when it was asked last, with the same parameters. `headers`: with the token. @throws {ForgeApiError} */
  async get(
    route: `GET /${string}`,
    parameters: Readonly<Record<string, string | number>>,
    {
      headers: own,
      isConditional = false,
    }: { readonly headers: Readonly<Record<string, string>>; readonly isConditional?: boolean },
  ): Promise<ForgeAnswer | undefined> {
    const { protocol, hostname, host } = new URL(this.#api);
    if (protocol !== 'https:' && !LOOPBACK.test(hostname))
      throw new ForgeApiError(host, undefined, 'it is not encrypted, so it gets no token; use https', undefined);
    const key = JSON.stringify([route, parameters]);
    const tag = isConditional ? this.#tags.get(key) : undefined;
    try {
      const { data, headers } = await this.#client.request(route, {
        ...parameters,
        headers: { ...own, ...(tag === undefined ? {} : { 'if-none-match': tag }) },
        request: { redirect: 'manual', signal: AbortSignal.timeout(ASK_MS) },
      });
      if (isConditional && headers.etag !== undefined) this.#remember(key, headers.etag);
      return { data, cursor: /[?&]cursor=([^&>]+)[^>]*>;\s*rel="next"/.exec(headers.link ?? '')?.[1] };
    } catch (error) {
      if ((error as Failure).status === 304) return undefined;
      throw errorOf(host, error as Failure);
    }
  }

  /** The next question is answered as if it were the first. */
  forget(): void {
    this.#tags.clear();
  }

  #remember(key: string, tag: string): void {
    this.#tags.set(key, tag);
    const [oldest] = this.#tags.keys();
    if (this.#tags.size > MAX_TAGS && oldest !== undefined) this.#tags.delete(oldest);
  }
}

/** What octokit throws. */
interface Failure {
  readonly message: string;
  readonly status?: number;
  readonly response?: { readonly headers: Readonly<Record<string, string | number | undefined>> };
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function errorOf(host: string, failure: Failure): ForgeApiError {
  const { status, response } = failure;
  const headers = response?.headers ?? {};
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000 - Date.now();
  const isSpent = Number(headers['x-ratelimit-remaining']) === 0 && headers['x-ratelimit-remaining'] !== undefined;
  const retryMs = Number(headers['retry-after']) * 1000;
  const waitMs = Number.isFinite(retryMs) ? retryMs : isSpent && Number.isFinite(resetMs) ? resetMs : undefined;
  if (response === undefined)
    return new ForgeApiError(host, undefined, `it does not answer (${messageOf(failure)})`, undefined);
  const why =
    waitMs === undefined ? (WORDS[status ?? 0] ?? `it answers with status ${status}`) : 'its rate limit is reached';
  return new ForgeApiError(host, status, why, waitMs === undefined ? undefined : Math.max(0, waitMs));
}

const WORDS: Readonly<Record<number, string>> = {
  401: 'the token is wrong or has expired',
  403: 'the token may not do that',
  404: 'it is not there, or the token may not see it',
};
