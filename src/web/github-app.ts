import { randomBytes } from 'node:crypto';
import { type Response, Router } from 'express';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import * as z from 'zod';
import type { ForgeSettings } from '../config/config.ts';
import { type GithubApp, readGithubApp, removeGithubApp, writeGithubApp } from '../protocol/github-app.ts';
import { messageOf } from '../support/ci-error.ts';
import { HttpError } from '../support/http-guard.ts';
import { baseUrl, type WebContext } from './context.ts';
import { manifestOf, newAppUrl } from './github-manifest.ts';
import { jsonBody, parse } from './input.ts';

/** How long one may take to press the button at GitHub, in milliseconds; its code is good for an hour. */
const STATE_MS = 3_600_000;
/** Most that are under way at once; the oldest gives way. */
const MAX_STATES = 20;
/** Bound on GitHub's answer, in milliseconds. */
const ANSWER_MS = 20_000;

/** A GitHub App that is being made. Whoever holds its state was given it by somebody with the token. */
interface Making {
  readonly until: number;
  readonly action: string;
  readonly manifest: object;
}

/** The body that begins it. */
export const wishSchema = z.strictObject({
  name: z.string().min(1).max(34).optional(),
  organization: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'the name of an organization')
    .optional(),
});
const stateSchema = z.string().regex(/^[\w-]{43}$/, 'it is no state that was made here');
const returnSchema = z.object({ state: stateSchema, code: z.string().regex(/^[\w-]{1,200}$/, 'it is no code') });
const madeSchema = z.object({
  ...{ id: z.int(), slug: z.string(), name: z.string(), html_url: z.url(), pem: z.string() },
  webhook_secret: z.string().min(1).nullish(),
});

/**
 * Makes a GitHub App by the manifest flow: `POST /api/github/app/manifest` begins it, `GET /github/app/new` shows the button,
 * GitHub sends the browser back to `GET /github/app/callback`, where its code is exchanged for the keys. The state, which is
 * good once, stands for the one who began it: coming from GitHub, a browser does not send our cookie.
 */
export function githubAppRoutes(context: WebContext): Router {
  const { clock, config } = context;
  const makings = new Map<string, Making>();
  const router = Router({ caseSensitive: true, strict: true });
  router.get('/api/github/app', async (_request, response) => {
    const app = await readGithubApp(config.home);
    response.json({ app: app === undefined ? null : shown(app) });
  });
  router.delete('/api/github/app', async (_request, response) => {
    await removeGithubApp(config.home);
    response.status(204).end();
  });
  router.post('/api/github/app/manifest', jsonBody, (request, response) => {
    const { name = 'Signalbox', organization } = parse(wishSchema, request.body ?? {});
    const base = baseUrl(context, request);
    const state = randomBytes(32).toString('base64url');
    const action = newAppUrl(githubOf(context), organization, state);
    const manifest = manifestOf(name, base, config.publicUrl);
    const [oldest] = makings.keys();
    if (makings.size >= MAX_STATES && oldest !== undefined) makings.delete(oldest);
    makings.set(state, { until: +clock.now() + STATE_MS, action, manifest });
    response.status(201).json({ page_url: `${base}/github/app/new?state=${state}`, action, manifest });
  });
  router.get('/github/app/new', (request, response) => {
    const { state } = parse(z.object({ state: stateSchema }), request.query);
    sendForm(response, madeBy(makings.get(state), +clock.now()));
  });
  router.get('/github/app/callback', async (request, response) => {
    const { state, code } = parse(returnSchema, request.query);
    const making = makings.get(state);
    makings.delete(state);
    madeBy(making, +clock.now());
    const app = await exchange(githubOf(context), code, clock.now());
    await writeGithubApp(config.home, app);
    context.logger.info({ app: app.slug }, 'a GitHub App was made');
    response.redirect(303, `${app.html_url}/installations/new`);
  });
  return router;
}

function madeBy(making: Making | undefined, now: number): Making {
  if (making !== undefined && making.until > now) return making;
  const words = 'this way to a GitHub App was taken already, or is too old, or the server was restarted; begin anew';
  throw new HttpError(403, 'E_GITHUB_APP', words);
}

function githubOf({ config }: WebContext): ForgeSettings {
  const github = config.forges?.find(({ kind }) => kind === 'github');
  if (github === undefined) throw new HttpError(503, 'E_GITHUB_APP', 'this server has no settings of GitHub');
  return github;
}

function shown({ id, slug, name, html_url, webhook_secret, created_at }: GithubApp) {
  return {
    id,
    slug,
    name,
    html_url,
    install_url: `${html_url}/installations/new`,
    has_webhook: webhook_secret !== null,
    created_at,
  };
}

/** GitHub takes the manifest from a form only, and the form has to be allowed to go there. */
function sendForm(response: Response, { action, manifest }: Making): void {
  const policy = `default-src 'none'; style-src 'self'; form-action ${new URL(action).origin}; frame-ancestors 'none'`;
  response.set('Content-Security-Policy', policy);
  const field = h('input', { type: 'hidden', name: 'manifest', value: JSON.stringify(manifest) });
  const form = h('form', { method: 'post', action }, field, h('button', null, `Go on at ${new URL(action).host}`));
  response.type('html').send(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>GitHub App · Signalbox</title>
<h1>Make a GitHub App</h1>
<p>GitHub asks for its name, makes it, and sends you back here with its keys.</p>
${renderToString(form)}
</html>
`);
}

async function exchange({ api }: ForgeSettings, code: string, now: Date): Promise<GithubApp> {
  const { host } = new URL(api);
  const failed = (why: string, cause?: unknown) =>
    new HttpError(502, 'E_GITHUB_APP', `${host} did not hand out the keys of the new App (${why}); begin anew`, {
      cause,
    });
  let response: globalThis.Response;
  try {
    response = await fetch(`${api}/app-manifests/${code}/conversions`, {
      ...{ method: 'POST', redirect: 'manual', signal: AbortSignal.timeout(ANSWER_MS) },
      headers: { accept: 'application/vnd.github+json', 'user-agent': 'signalbox' },
    });
  } catch (cause) {
    throw failed(messageOf(cause), cause);
  }
  if (response.status !== 201) throw failed(`it answered ${response.status}`);
  const made = madeSchema.safeParse(await response.json().catch(() => undefined));
  if (!made.success) throw failed('its answer is not what it promises');
  const { webhook_secret = null, ...app } = made.data;
  return { ...app, api, webhook_secret, created_at: now.toISOString() };
}
