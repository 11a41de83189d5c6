import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { forgesOf } from '../../src/config/load-forges.ts';
import { readGithubApp, writeGithubApp } from '../../src/protocol/github-app.ts';
import { GithubAppTokens } from '../../src/protocol/github-app-tokens.ts';
import { APP_KEY, APP_SECRET, APP_TOKEN, type FakeGithub, startGithub } from '../support/fake-github.ts';
import { tempDir } from '../support/temp.ts';
import { startWeb } from '../support/web.ts';

/** A server that is reached from outside, whose GitHub is a fake. */
async function webFor(github: FakeGithub) {
  const home = await tempDir('signalbox-app-');
  const forges = forgesOf({ github: { api: `${github.url}/api` } }, '/');
  const web = await startWeb({ publicUrl: 'https://ci.example.org', config: { forges, home: home.path } });
  const stop = web[Symbol.asyncDispose].bind(web);
  return Object.assign(web, {
    home: home.path,
    async [Symbol.asyncDispose]() {
      await stop();
      await home[Symbol.asyncDispose]();
    },
  });
}

async function begin(web: Awaited<ReturnType<typeof webFor>>) {
  const answer = await web.change('POST', '/api/github/app/manifest', { organization: 'acme' });
  expect(answer.status).toBe(201);
  return JSON.parse(String(answer.body));
}

test('a GitHub App is made by the manifest flow, and its keys are for the owner of the home alone', async () => {
  await using github = await startGithub();
  await using web = await webFor(github);
  const { page_url, action, manifest } = await begin(web);
  expect(action).toMatch(new RegExp(`^${github.url}/organizations/acme/settings/apps/new\\?state=`));
  expect(manifest).toMatchObject({
    redirect_url: 'https://ci.example.org/github/app/callback',
    hook_attributes: { url: 'https://ci.example.org/webhooks' },
    default_permissions: { checks: 'write', statuses: 'write', contents: 'read' },
  });
  const page = await web.ask(new URL(page_url).pathname + new URL(page_url).search);
  expect(page.headers['content-security-policy']).toContain(`form-action ${github.url}`);
  expect(String(page.body)).toContain('name="manifest"');
  const state = new URL(action).searchParams.get('state');
  const back = await web.ask(`/github/app/callback?code=abc123&state=${state}`);
  expect([back.status, back.headers.location]).toEqual([303, `${github.url}/apps/signalbox/installations/new`]);
  expect(github.asked('/app-manifests/abc123/conversions')).toHaveLength(1);
  expect((await stat(join(web.home, 'github-app.json'))).mode & 0o077).toBe(0);
  expect(await readGithubApp(web.home)).toMatchObject({ id: 7, webhook_secret: APP_SECRET });
  const told = String((await web.ask('/api/github/app')).body);
  expect(JSON.parse(told).app).toMatchObject({ slug: 'signalbox', has_webhook: true });
  expect(told).not.toContain('PRIVATE KEY');
  expect(told).not.toContain(APP_SECRET);
  expect((await web.change('DELETE', '/api/github/app')).status).toBe(204);
  expect(await readGithubApp(web.home)).toBeUndefined();
});

test('a state is good once, and one that nobody began is none', async () => {
  await using github = await startGithub();
  await using web = await webFor(github);
  const { action } = await begin(web);
  const state = new URL(action).searchParams.get('state') ?? '';
  const call = async (query: string) => (await web.ask(`/github/app/callback?${query}`)).status;
  expect(await call(`code=abc&state=${'x'.repeat(43)}`)).toBe(403);
  expect(await call(`code=../../user&state=${state}`)).toBe(400);
  expect(await call(`code=abc&state=${state}`)).toBe(303);
  expect(await call(`code=abc&state=${state}`)).toBe(403);
  const late = new URL((await begin(web)).action).searchParams.get('state');
  web.clock.advance(3_600_001);
  expect(await call(`code=abc&state=${late}`)).toBe(403);
  expect((await web.ask('/api/github/app/manifest', { method: 'POST' })).status).toBe(401);
});

test.each([
  [{ status: 404, body: { message: 'Not Found' } }, /answered 404/],
  [{ status: 201, body: '<html>' }, /not what it promises/],
  [{ status: 302, headers: { location: 'https://evil.org' } }, /answered 302/],
] as const)('what GitHub answers to the code is told in words: %j', async (answer, words) => {
  await using github = await startGithub();
  await using web = await webFor(github);
  const state = new URL((await begin(web)).action).searchParams.get('state');
  github.next.push(answer);
  const back = await web.ask(`/github/app/callback?code=abc&state=${state}`);
  expect(back.status).toBe(502);
  expect(String(back.body)).toMatch(words);
});

test('the App mints tokens where it is installed, asks GitHub once, and is nothing elsewhere', async () => {
  await using github = await startGithub();
  await using home = await tempDir('signalbox-app-');
  const api = `${github.url}/api`;
  const tokens = new GithubAppTokens(home.path);
  expect(await tokens.tokenFor(api, 'acme/app')).toBeUndefined();
  await writeGithubApp(home.path, {
    ...{ id: 7, slug: 'signalbox', name: 'Signalbox', html_url: `${github.url}/apps/signalbox`, api, pem: APP_KEY },
    ...{ webhook_secret: null, created_at: new Date().toISOString() },
  });
  expect(await tokens.tokenFor(api, 'acme/app')).toMatchObject({ token: APP_TOKEN });
  expect(await tokens.tokenFor(api, 'acme/app')).toMatchObject({ token: APP_TOKEN });
  expect(github.requests.map(({ path }) => path)).toEqual([
    '/api/repos/acme/app/installation',
    '/api/app/installations/3/access_tokens',
  ]);
  expect(await tokens.tokenFor(api, 'acme/other')).toBeUndefined();
  expect(await tokens.tokenFor('https://api.github.com', 'acme/app')).toBeUndefined();
  github.next.push({ status: 401, body: { message: 'A JSON web token could not be decoded' } });
  await expect(tokens.tokenFor(api, 'acme/third')).rejects.toThrow(
    /no token of the GitHub App signalbox for acme.third/,
  );
});

test('a token of the App is replaced before it ends', async () => {
  await using github = await startGithub();
  await using home = await tempDir('signalbox-app-');
  const api = `${github.url}/api`;
  await writeGithubApp(home.path, {
    ...{ id: 7, slug: 'signalbox', name: 'Signalbox', html_url: `${github.url}/apps/signalbox`, api, pem: APP_KEY },
    ...{ webhook_secret: null, created_at: new Date().toISOString() },
  });
  const tokens = new GithubAppTokens(home.path);
  github.tokenLifeMs = 240_000;
  const first = await tokens.tokenFor(api, 'acme/app');
  github.tokenLifeMs = 3_600_000;
  const second = await tokens.tokenFor(api, 'acme/app');
  expect(second?.token).not.toBe(first?.token);
  expect(await tokens.tokenFor(api, 'acme/app')).toEqual(second);
  expect(second?.token).toBe(github.tokens.at(-1));
});
