import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { fixture, SHA } from '../support/forge-fixtures.ts';
import { SECRET, startObserver, type TestObserver } from '../support/observer.ts';

interface Sent {
  /** A fixture, or any text. */
  readonly text: string;
  readonly headers: (text: string, secret: string) => Record<string, string>;
}

const hmac = (text: string, secret: string) => createHmac('sha256', secret).update(text).digest('hex');
const push = (forge: string, name: string, headers: Sent['headers']): [string, Sent] => [
  forge,
  { text: fixture(name, 'push'), headers },
];

/** A push of each forge, signed as it signs. */
const PUSHES: readonly [string, Sent][] = [
  push('gitea', 'gitea', (text, secret) => ({
    ...{ 'x-gitea-event': 'push', 'x-gitea-delivery': 'gitea-1', 'x-gitea-signature': hmac(text, secret) },
    ...{
      'x-github-event': 'push',
      'x-github-delivery': 'gitea-1',
      'x-hub-signature-256': `sha256=${hmac(text, secret)}`,
    },
  })),
  push('forgejo', 'gitea', (text, secret) => ({
    ...{ 'x-forgejo-event': 'push', 'x-forgejo-delivery': 'forgejo-1', 'x-forgejo-signature': hmac(text, secret) },
    ...{ 'x-gitea-event': 'push', 'x-gitea-delivery': 'forgejo-1', 'x-gitea-signature': hmac(text, secret) },
  })),
  push('gitlab', 'gitlab', (_text, secret) => ({
    ...{ 'x-gitlab-event': 'Push Hook', 'x-gitlab-token': secret, 'idempotency-key': 'gitlab-1' },
    'x-gitlab-event-uuid': '13792a34-cac6-4fda-95a8-c58e00a3954e',
  })),
  push('bitbucket', 'bitbucket', (text, secret) => ({
    ...{ 'x-event-key': 'repo:push', 'x-hook-uuid': 'hook-1', 'x-request-uuid': 'bitbucket-1' },
    ...{ 'x-attempt-number': '1', 'x-hub-signature': `sha256=${hmac(text, secret)}` },
  })),
  push('bitbucket-data-center', 'bitbucket-data-center', (text, secret) => ({
    ...{ 'x-event-key': 'repo:refs_changed', 'x-request-id': 'center-1' },
    'x-hub-signature': `sha256=${hmac(text, secret)}`,
  })),
];

/** An observer of a repository that need not be there, known by another name, but cloned from the fixtures' forge. */
function startDoor(more: { name?: string; sources?: string[] } = {}): Promise<TestObserver> {
  const repository = {
    id: 1,
    name: 'acme/app',
    sources: ['/nowhere'],
    secret: SECRET,
    policy: 'each' as const,
    ...more,
  };
  return startObserver({ repositories: [{ ...repository, maxCommits: 250, baseline: {}, pollSeconds: null }] });
}

async function post(ci: TestObserver, { text, headers }: Sent, more: Record<string, string> = {}, secret = SECRET) {
  const sent = { 'content-type': 'application/json', ...headers(text, secret), ...more };
  const answer = await ci.post(text, sent);
  const body = (await answer.json()) as { error?: { code?: string } };
  return { status: answer.status, code: body.error?.code, body };
}

test.each(PUSHES)('a push of %s is journaled once, however often it comes', async (forge, sent) => {
  await using ci = await startDoor();
  expect((await post(ci, sent)).status).toBe(202);
  expect((await post(ci, sent)).status).toBe(200);
  expect(await ci.get('/api/deliveries')).toMatchObject({
    total: 1,
    deliveries: [{ event: 'push', ref: 'refs/heads/main', after: SHA.head, forge }],
  });
});

test.each(PUSHES)('what is wrong with a push of %s is answered as it is written down', async (_, sent) => {
  await using ci = await startDoor();
  const other = { ...sent, text: sent.text.replaceAll('acme', 'nobody').replaceAll('ACME', 'NOBODY') };
  const refused = [await post(ci, sent, {}, 'another secret'), await post(ci, other)];
  expect(refused.map(({ status, code }) => [status, code])).toEqual(refused.map(() => [401, 'E_DELIVERY_REFUSED']));
  expect(new Set(refused.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  const page = { ...sent, text: '<!doctype html><title>502</title>' };
  expect(await post(ci, page)).toMatchObject({ status: 400, code: 'E_DELIVERY_UNREADABLE' });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  expect(await post(ci, sent, form)).toMatchObject({ status: 415, code: 'E_DELIVERY_TYPE' });
  const large = { ...sent, text: ' '.repeat(26 * 1024 * 1024) };
  expect(await post(ci, large)).toMatchObject({ status: 413, code: 'E_DELIVERY_TOO_LARGE' });
  const bare = { ...sent, text: JSON.stringify({ ...JSON.parse(sent.text), ...MISSING }) };
  expect(await post(ci, bare)).toMatchObject({ status: 400, code: 'E_DELIVERY_UNREADABLE' });
  expect(((await ci.get('/api/deliveries')) as { total: number }).total).toBe(0);
});

/** What a push cannot be without, in the words of every forge. */
const MISSING = { after: undefined, push: undefined, changes: undefined };

test('a repository that has another name here is found by the address it is cloned from', async () => {
  await using ci = await startDoor({ name: 'mine/thing', sources: ['git@GIT.example.org:acme/app.git'] });
  expect((await post(ci, PUSHES[0]![1])).status).toBe(202);
});

test('one delivery about several refs is as many pushes, once', async () => {
  await using ci = await startDoor();
  const many = { ...PUSHES.find(([forge]) => forge === 'bitbucket')![1], text: fixture('bitbucket', 'push-many') };
  expect((await post(ci, many)).status).toBe(202);
  expect((await post(ci, many)).status).toBe(200);
  const { deliveries } = (await ci.get('/api/deliveries')) as { deliveries: { id: string; ref: string }[] };
  expect(new Map(deliveries.map(({ id, ref }) => [id, ref]))).toEqual(
    new Map([
      ['bitbucket-1', 'refs/heads/main'],
      ['bitbucket-1.2', 'refs/tags/v1.0'],
      ['bitbucket-1.3', 'refs/heads/thing'],
    ]),
  );
});

test('who only tries whether anybody is here is answered, and nothing is kept', async () => {
  await using ci = await startDoor();
  const answer = await post(ci, { text: '{"test":true}', headers: () => ({ 'x-event-key': 'diagnostics:ping' }) });
  expect(answer).toMatchObject({ status: 200, body: {} });
  expect(((await ci.get('/api/deliveries')) as { total: number }).total).toBe(0);
});
