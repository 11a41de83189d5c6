import { Webhooks } from '@octokit/webhooks';
import { expect, test } from 'vitest';
import { pushHeaders, SECRET, startObserver } from '../support/observer.ts';

const SHA = 'a'.repeat(40);
const APP_SECRET = 'the secret of the app';

function door(appSecret: () => Promise<string | undefined>) {
  const repository = { id: 1, name: 'acme/app', sources: ['/nowhere'], secret: SECRET, policy: 'each' as const };
  return startObserver({
    ...{ appSecret, repositories: [{ ...repository, maxCommits: 250, baseline: {}, pollSeconds: null }] },
  });
}

async function post(url: string, name: string, secret: string, more: Record<string, string> = {}) {
  const body = JSON.stringify({ ref: 'refs/heads/main', before: SHA, after: SHA, repository: { full_name: name } });
  const headers = { ...pushHeaders(await new Webhooks({ secret }).sign(body)), ...more };
  return (await fetch(`${url}/webhooks`, { method: 'POST', body, headers })).status;
}

test('the GitHub App of the installation speaks for the repositories that are known, and for no other', async () => {
  await using ci = await door(async () => APP_SECRET);
  expect(await post(ci.url, 'acme/app', APP_SECRET)).toBe(202);
  expect(await post(ci.url, 'acme/app', SECRET)).toBe(202);
  expect(await post(ci.url, 'acme/other', APP_SECRET)).toBe(401);
  expect(await post(ci.url, 'acme/app', 'another secret')).toBe(401);
});

test('without an App its secret is nothing', async () => {
  await using ci = await door(async () => undefined);
  expect(await post(ci.url, 'acme/app', APP_SECRET)).toBe(401);
  expect(await post(ci.url, 'acme/app', 'undefined')).toBe(401);
});
