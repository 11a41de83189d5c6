import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/core';
import * as z from 'zod';
import { messageOf } from '../support/ci-error.ts';
import { type GithubApp, GithubAppError, readGithubApp } from './github-app.ts';

/** A token of the App for one installation; good for an hour at most. */
export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Bound on a question to GitHub, in milliseconds. */
const ASK_MS = 20_000;
/** How long it is remembered where the App is installed, in milliseconds. */
const INSTALLED_MS = 3_600_000;
/** Where it is not, it may be in a moment: it is asked after a minute, then after twice as long each time. */
const ABSENT_MS = 60_000;
/** A token that ends sooner is replaced: a large clone takes long, and asks more than once. */
const RENEW_MS = 300_000;
/** Most repositories of which it is remembered. */
const MAX_KNOWN = 5_000;

interface Auth {
  readonly app: GithubApp;
  readonly octokit: Octokit;
  readonly sign: ReturnType<typeof createAppAuth>;
  readonly installations: Map<string, Installation>;
}

interface Installation {
  /** Undefined: it is not installed there. */
  readonly id: number | undefined;
  readonly until: number;
  /** How long that was believed. */
  readonly forMs: number;
}

/**
 * Mints tokens of the home's GitHub App: for statuses and checks, and to clone and fetch with (user `x-access-token`). The App
 * may be made, replaced or removed while this lives.
 */
export class GithubAppTokens {
  readonly #home: string;
  #auth: Auth | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  /**
   * A token that may do in this repository what the App may; undefined: there is no App for that API, or it is not installed
   * there. Remembered, and renewed five minutes before it ends. `api`: base of the API; `path`: `owner/name`.
   * @throws {GithubAppError} GitHub does not answer, or does not know the App any more.
   */
  async tokenFor(api: string, path: string): Promise<InstallationToken | undefined> {
    const app = await readGithubApp(this.#home);
    if (app === undefined || app.api !== api) return undefined;
    const auth = this.#authOf(app);
    try {
      const id = await this.#installation(auth, path);
      if (id === undefined) return undefined;
      const wanted = { type: 'installation', installationId: id } as const;
      const known = await auth.sign(wanted);
      const isEnding = Date.parse(known.expiresAt) - Date.now() < RENEW_MS;
      const { token, expiresAt } = isEnding ? await auth.sign({ ...wanted, refresh: true }) : known;
      return { token, expiresAt: new Date(expiresAt) };
    } catch (cause) {
      auth.installations.delete(path); // it may have been taken away, and be there under another number
      throw new GithubAppError(`no token of the GitHub App ${app.slug} for ${path} (${messageOf(cause)})`, { cause });
    }
  }

  #authOf(app: GithubApp): Auth {
    const known = this.#auth;
    if (known !== undefined && known.app.id === app.id && known.app.pem === app.pem) return known;
    const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    // redirects could carry what is signed elsewhere
    const octokit = new Octokit({ baseUrl: app.api, userAgent: 'signalbox', log, request: { redirect: 'manual' } });
    octokit.hook.before('request', (options) => {
      options.request.signal ??= AbortSignal.timeout(ASK_MS); // the questions of `sign` have no end of their own
    });
    const sign = createAppAuth({ appId: app.id, privateKey: app.pem, request: octokit.request, log });
    this.#auth = { app, octokit, sign, installations: new Map() };
    return this.#auth;
  }

  async #installation({ octokit, sign, installations }: Auth, path: string): Promise<number | undefined> {
    const known = installations.get(path);
    if (known !== undefined && known.until > Date.now()) return known.id;
    const [owner = '', repo = ''] = path.split('/');
    const { token } = await sign({ type: 'app' });
    const id = await octokit
      .request('GET /repos/{owner}/{repo}/installation', {
        ...{ owner, repo, headers: { authorization: `bearer ${token}` } },
        request: { redirect: 'manual' },
      })
      .then(({ data }) => z.object({ id: z.int() }).parse(data).id)
      .catch((error: unknown) => {
        if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
        throw error;
      });
    if (installations.size >= MAX_KNOWN) installations.clear();
    const wasAbsent = known !== undefined && known.id === undefined;
    const absentMs = wasAbsent ? Math.min(2 * known.forMs, INSTALLED_MS) : ABSENT_MS;
    const forMs = id === undefined ? absentMs : INSTALLED_MS;
    installations.set(path, { id, forMs, until: Date.now() + forMs });
    return id;
  }
}
