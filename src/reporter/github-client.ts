import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { messageOf } from '../support/ci-error.ts';
import { errorFor, type Refusal } from './forge-answer.ts';
import { SinkDownError } from './message.ts';

const Client = Octokit.plugin(throttling, retry);
type Client = InstanceType<typeof Client>;

/** A request to GitHub, and how to speak of it. */
export interface GithubRequest extends Pick<Refusal, 'what' | 'attempt' | 'credential' | 'now'> {
  /** `POST /repos/{owner}/{repo}/statuses/{sha}`. */
  readonly route: string;
  readonly parameters: { readonly [name: string]: unknown };
  /** An `Authorization` header. */
  readonly authorization: string;
  readonly signal: AbortSignal;
}

/** Nothing of octokit's own goes to the log: it may hold what was sent. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * GitHub's API, through octokit: what writes is a second apart, as GitHub wants it, and a server error is tried once more at
 * once; what then fails goes back to the outbox. Redirects are not followed: the token would go where nobody meant it to.
 */
export class GithubClient {
  readonly #client: Client;
  readonly #host: string;

  /** `api`: base of the API. */
  constructor(api: string) {
    this.#host = new URL(api).host;
    // the outbox waits as long as GitHub asks; octokit would do so in memory
    const isNotTriedAgain = () => false;
    this.#client = new Client({
      baseUrl: api,
      userAgent: 'signalbox',
      log: SILENT,
      throttle: { id: api, onRateLimit: isNotTriedAgain, onSecondaryRateLimit: isNotTriedAgain },
      retry: { retries: 1 },
      request: { redirect: 'manual' },
    });
  }

  /** What GitHub answers. @throws {SinkDownError} {RetryLaterError} {GiveUpError} */
  async request(request: GithubRequest): Promise<unknown> {
    const { route, parameters, authorization, signal } = request;
    try {
      const options = { ...parameters, headers: { authorization }, request: { signal, redirect: 'manual' as const } };
      const { status, headers, data } = await this.#client.request(route, options);
      if (status < 300 && isJson(headers['content-type'])) return data;
      throw errorFor({ ...request, host: this.#host, status, headers, body: textOf(data) });
    } catch (error) {
      if (!isRequestError(error)) throw error;
      const { response } = error;
      if (response === undefined) throw new SinkDownError(`${this.#host} does not answer (${messageOf(error)})`);
      const { status, headers, data } = response;
      throw errorFor({ ...request, host: this.#host, status, headers, body: textOf(data) });
    }
  }
}

/** What octokit throws. Its class is not asked for: each of its packages may bring its own. */
interface RequestError extends Error {
  readonly status: number;
  readonly response?: { status: number; headers: Record<string, string | number | undefined>; data: unknown };
}

function isRequestError(error: unknown): error is RequestError {
  return error instanceof Error && error.name === 'HttpError' && 'status' in error;
}

function isJson(type: string | undefined): boolean {
  return type === undefined || /^application\/(?:[\w.-]+\+)?json\b/.test(type);
}

function textOf(data: unknown): string {
  return typeof data === 'string' ? data : JSON.stringify(data ?? '');
}
