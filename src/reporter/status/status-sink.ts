import type { ForgeSettings } from '../../config/config.ts';
import { authorizationOf } from '../../config/forge-authorization.ts';
import type { Clock } from '../../support/clock.ts';
import { errorFor } from '../forge-answer.ts';
import type { Credential } from '../forge-credentials.ts';
import { postJson } from '../forge-http.ts';
import { GithubClient } from '../github-client.ts';
import { type Body, GiveUpError, type Sending, type Sink } from '../message.ts';
import { sendCheck } from './check-run.ts';
import { githubStatus, requestOf } from './requests.ts';
import { type StatusBody, statusBodySchema } from './status-body.ts';

/** What the sink needs. */
export interface StatusSinkOptions {
  readonly forges: readonly ForgeSettings[];
  /** The token for a repository. @throws {SinkDownError} {GiveUpError} there is none. */
  readonly credential: (forge: ForgeSettings, path: string) => Promise<Credential>;
  readonly clock: Clock;
}

/** Commit statuses out to forges, each in its own words. Tells only forges that are configured, at the address that is configured. */
export class StatusSink implements Sink {
  readonly #options: StatusSinkOptions;
  readonly #clients = new Map<string, GithubClient>();

  constructor(options: StatusSinkOptions) {
    this.#options = options;
  }

  async send(body: Body, sending: Sending): Promise<void> {
    const status = statusBodySchema.parse(body);
    const forge = this.#options.forges.find(({ url }) => url === status.forge);
    if (forge === undefined) throw new GiveUpError(`${status.forge} is not configured any more`);
    const { token, from, isApp } = await this.#options.credential(forge, status.path);
    const told = {
      what: `the status of ${status.path}@${status.sha.slice(0, 10)}`,
      ...{ attempt: sending.attempt, credential: from, now: this.#options.clock.now(), signal: sending.signal },
    };
    if (forge.kind === 'github') await this.#github(forge, status, { ...told, authorization: `token ${token}` }, isApp);
    else await post(forge, status, token, told);
  }

  /** A check where the App can make one, else a commit status. */
  async #github(
    { api }: ForgeSettings,
    status: StatusBody,
    told: Told & { readonly authorization: string },
    isApp: boolean,
  ): Promise<void> {
    const client = this.#clients.get(api) ?? new GithubClient(api);
    this.#clients.set(api, client);
    if (isApp && status.check !== undefined) return sendCheck(client, status, status.check, told);
    const [owner, repo] = status.path.split('/');
    await client.request({
      ...told,
      route: 'POST /repos/{owner}/{repo}/statuses/{sha}',
      parameters: { owner, repo, sha: status.sha, ...githubStatus(status) },
    });
  }
}

interface Told {
  readonly what: string;
  readonly attempt: number;
  readonly credential: string;
  readonly now: Date;
  readonly signal: AbortSignal;
}

async function post(forge: ForgeSettings, status: StatusBody, token: string, told: Told): Promise<void> {
  const { url, json } = requestOf(status, forge);
  const { status: code, headers, body } = await postJson(url, authorizationOf(forge, token), json, told.signal);
  const isJson = /\bjson\b/.test(headers['content-type'] ?? '') || body === '';
  if (code >= 200 && code < 300 && isJson) return;
  // GitLab refuses to make a status what it is already
  if (forge.kind === 'gitlab' && code === 400 && /Cannot transition status/.test(body)) return;
  throw errorFor({ ...told, host: new URL(url).host, status: code, headers, body });
}
