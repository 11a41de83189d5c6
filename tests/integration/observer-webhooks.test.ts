import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { pushHeaders, SECRET, sign, startObserver, type TestObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

const SHA = 'a'.repeat(40);

/** An observer of a repository that need not be there, since nothing gets that far. */
function startDoor(): Promise<TestObserver> {
  const repository = { id: 1, name: 'acme/app', sources: ['/nowhere'], secret: SECRET, policy: 'each' as const };
  return startObserver({ repositories: [{ ...repository, maxCommits: 250, baseline: {}, pollSeconds: null }] });
}

function pushOf(name: string, more: object = {}): string {
  return JSON.stringify({ ref: 'refs/heads/main', before: SHA, after: SHA, repository: { full_name: name }, ...more });
}

async function codeOf(answer: Response): Promise<[number, unknown]> {
  const body = (await answer.json()) as { error?: { code?: unknown; message?: unknown } };
  expect(typeof body.error?.message).toBe('string');
  return [answer.status, body.error?.code];
}

test('a signed push is answered with 202 and dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  const sha = await repository.commit('second', { a: '2' });
  const delivery = randomUUID();
  const answer = await ci.push({ after: sha }, { 'x-github-delivery': delivery, 'x-signalbox-trigger': 'hook' });
  expect(answer.status).toBe(202);
  const runs_url = `${ci.url}/api/runs?repository=local%2Fapp&sha=${sha}`;
  expect(await answer.json()).toEqual({ delivery, runs_url });
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({
    repository: 1,
    ref: 'refs/heads/main',
    trigger: 'hook',
    commits: [{ sha, title: 'second', author: 'Ada <ada@example.org>' }],
  });
});

test('a trigger that is not hook, watch or poll is a webhook', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  for (const said of ['manual', 'api', 'webhook', 'HOOK', 'schedule']) {
    const sha = await repository.commit(said);
    await ci.push({ after: sha }, { 'x-signalbox-trigger': said });
    await ci.door.untilSha(sha);
    expect(ci.door.of(sha).trigger).toBe('webhook');
  }
});

test('a wrong signature, none, and a repository that is not known get the same answer', async () => {
  await using ci = await startDoor();
  const body = pushOf('acme/app');
  const unsigned = { ...pushHeaders(''), 'x-hub-signature-256': undefined } as unknown as Record<string, string>;
  delete unsigned['x-hub-signature-256'];
  const answers = await Promise.all([
    ci.post(body, pushHeaders(await sign(body, 'another secret'))),
    ci.post(body, unsigned),
    ci.post(body, pushHeaders('')),
    ci.post(body, pushHeaders('sha256=')),
    ci.post(body, pushHeaders('sha1=0123456789012345678901234567890123456789')),
    ci.post(body, pushHeaders((await sign(body)).slice(0, -1))),
    ci.post(` ${body}`, pushHeaders(await sign(body))),
    ci.post(pushOf('acme/other'), pushHeaders(await sign(pushOf('acme/other')))),
    ci.post(pushOf('constructor'), pushHeaders(await sign(pushOf('constructor')))),
    ci.post('{}', pushHeaders(await sign('{}'))),
    ci.post('null', pushHeaders(await sign('null'))),
  ]);
  const texts = await Promise.all(answers.map((answer) => answer.text()));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 401));
  expect(new Set(texts).size).toBe(1);
  expect(JSON.parse(texts[0]!)).toMatchObject({ error: { code: 'E_DELIVERY_REFUSED' } });
  expect(((await ci.get('/api/deliveries')) as { total: number }).total).toBe(0);
});

test('what was refused is told of, with the repository that it says it is of, and once if it comes again', async () => {
  await using ci = await startDoor();
  const [push, secret] = [pushOf('acme/other'), pushHeaders(await sign(pushOf('acme/other')))];
  await ci.post(push, secret);
  await ci.post('not json', pushHeaders(''));
  await ci.post(push, { ...secret, 'content-type': 'text/plain' });
  await ci.post(push, secret);
  const github = { forge: 'github', event: 'push', message: expect.any(String), received_at: expect.any(String) };
  expect(await ci.get('/api/deliveries/refused')).toEqual({
    refused: [
      { ...github, code: 'E_DELIVERY_REFUSED', answer: 401, repository: 'acme/other', times: 2 },
      { ...github, code: 'E_DELIVERY_TYPE', answer: 415, repository: null, times: 1 },
      { ...github, code: 'E_DELIVERY_UNREADABLE', answer: 400, repository: null, times: 1 },
    ],
  });
});

test('what was refused for another reason is told of on its own', async () => {
  await using ci = await startDoor();
  const notText = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
  for (const body of ['not json', notText, 'not json']) await ci.post(body, pushHeaders(''));
  const { refused } = (await ci.get('/api/deliveries/refused')) as { refused: { message: string; times: number }[] };
  expect(refused.map(({ times }) => times)).toEqual([2, 1]);
  expect(refused[1]?.message).toContain('UTF-8');
});

test('of what is refused only the last hundred kinds are kept, with names that are cut', async () => {
  await using ci = await startDoor();
  for (let n = 1; n <= 105; n++) {
    const body = pushOf(`acme/${'long'.repeat(100)}-${n}`.slice(-300));
    await ci.post(body, pushHeaders(''));
  }
  const { refused } = (await ci.get('/api/deliveries/refused')) as { refused: { repository: string }[] };
  expect(refused.length).toBeLessThanOrEqual(100);
  expect(Math.max(...refused.map(({ repository }) => repository.length))).toBe(200);
});

test('of two repositories with one full name at two forges each is known by its address and its own secret', async () => {
  const common = { policy: 'each' as const, maxCommits: 250, baseline: {}, pollSeconds: null };
  const [one, two] = ['http://one.example/acme/app.git', 'http://two.example/acme/app.git'] as const;
  await using ci = await startObserver({
    repositories: [
      { ...common, id: 1, name: 'acme/app', sources: [one], secret: SECRET },
      { ...common, id: 2, name: 'acme/app-2', sources: [two], secret: 'of the other forge' },
    ],
  });
  const repositoryOf = async (address: string, secret: string, padding = '') => {
    const body = pushOf('acme/app', { padding, repository: { full_name: 'acme/app', clone_url: address } });
    const answer = await ci.post(body, { ...pushHeaders(await sign(body, secret)), 'x-github-event': 'star' });
    if (answer.status !== 202) return answer.status;
    const { delivery } = (await answer.json()) as { delivery: string };
    return ((await ci.get(`/api/deliveries/${delivery}`)) as { repository: string }).repository;
  };
  expect(await repositoryOf(one, SECRET)).toBe('acme/app');
  expect(await repositoryOf(two, 'of the other forge')).toBe('acme/app-2');
  expect(await repositoryOf(two, 'of the other forge', ' '.repeat(1_200_000)), 'above 1 MB').toBe('acme/app-2');
  expect(await repositoryOf(two, 'of nobody')).toBe(401);
  expect(await repositoryOf('http://else.example/acme/app.git', SECRET), 'by its name alone').toBe('acme/app');
});

test('the address of the runs is that of the tag where a tag is told of, and of all where there is no commit', async () => {
  await using ci = await startDoor();
  const addressOf = async (more: object) => {
    const body = pushOf('acme/app', more);
    const answer = await ci.post(body, pushHeaders(await sign(body)));
    return ((await answer.json()) as { runs_url: string }).runs_url.replace(/^.*\?/, '');
  };
  expect(await addressOf({})).toBe(`repository=acme%2Fapp&sha=${SHA}`);
  expect(await addressOf({ ref: 'refs/tags/v1' })).toBe('repository=acme%2Fapp&ref=refs%2Ftags%2Fv1');
  expect(await addressOf({ after: '0'.repeat(40) })).toBe('repository=acme%2Fapp');
});

test('a filter of deliveries that is not there is refused', async () => {
  await using ci = await startDoor();
  const answer = await fetch(`${ci.url}/api/deliveries?nonsense=1`);
  expect(await codeOf(answer)).toEqual([400, 'E_BAD_REQUEST']);
});

test('what cannot be read is answered with 400', async () => {
  await using ci = await startDoor();
  const refused = async (body: string | Buffer, headers: Record<string, string> = {}) =>
    codeOf(await ci.post(body, { ...pushHeaders(await sign(body)), ...headers }));
  const whole = pushOf('acme/app');
  const unreadable = [400, 'E_DELIVERY_UNREADABLE'];
  expect(await refused(whole.slice(0, 50))).toEqual(unreadable);
  expect(await refused('not json')).toEqual(unreadable);
  expect(await refused(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]))).toEqual(unreadable);
  expect(await refused(pushOf('acme/app', { after: 'HEAD' }))).toEqual(unreadable);
  expect(await refused(pushOf('acme/app', { ref: 'refs/heads/../../../etc/passwd' }))).toEqual(unreadable);
  expect(await refused(pushOf('acme/app', { ref: 7 }))).toEqual(unreadable);
  expect(await refused(whole, { 'x-github-delivery': 'no id' })).toEqual(unreadable);
  expect(await refused(whole, { 'x-github-event': '' })).toEqual(unreadable);
  const { 'x-github-delivery': _, ...nameless } = pushHeaders(await sign(whole));
  expect(await codeOf(await ci.post(whole, nameless))).toEqual(unreadable);
  const { 'x-github-event': __, ...eventless } = pushHeaders(await sign(whole));
  expect(await codeOf(await ci.post(whole, eventless))).toEqual(unreadable);
  expect(await codeOf(await ci.post('', pushHeaders('sha256=00')))).toEqual(unreadable);
});

test('a form, a compressed body and a body of no type are answered with 415', async () => {
  await using ci = await startDoor();
  const body = `payload=${encodeURIComponent(pushOf('acme/app'))}`;
  const headers = pushHeaders(await sign(body));
  const wrong = [415, 'E_DELIVERY_TYPE'];
  const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
  expect(await codeOf(await ci.post(body, form))).toEqual(wrong);
  expect(await codeOf(await ci.post(body, { ...headers, 'content-type': 'text/plain' }))).toEqual(wrong);
  expect(await codeOf(await ci.post(body, { ...headers, 'content-encoding': 'gzip' }))).toEqual(wrong);
});

test('a body of 30 MB is answered with 413, with and without a length', async () => {
  await using ci = await startDoor();
  const body = Buffer.alloc(30 * 1024 * 1024, ' ');
  const large = [413, 'E_DELIVERY_TOO_LARGE'];
  expect(await codeOf(await ci.post(body, pushHeaders('sha256=00')))).toEqual(large);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const post = request(`${ci.url}/webhooks`, { method: 'POST', headers: pushHeaders('sha256=00') });
    post.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    for (let at = 0; at < body.length; at += 1024 * 1024) post.write(body.subarray(at, at + 1024 * 1024));
    post.end();
  });
  expect(status).toBe(413);
});

test('a large body is parsed only if somebody whom we know has signed it', async () => {
  await using ci = await startDoor();
  const padding = 'x'.repeat(3 * 1024 * 1024);
  const good = pushOf('acme/app', { padding });
  expect((await ci.post(good, pushHeaders(await sign(good)))).status).toBe(202);
  expect((await ci.post(good, pushHeaders(await sign(good, 'another secret')))).status).toBe(401);
  const deep = '['.repeat(3 * 1024 * 1024);
  expect((await ci.post(deep, pushHeaders(await sign(deep)))).status).toBe(401);
  const other = pushOf('acme/other', { padding, parent: { full_name: 'acme/app' } });
  expect((await ci.post(other, pushHeaders(await sign(other)))).status).toBe(401);
});

test('a ping is answered with 200, and listed like an event that starts nothing', async () => {
  await using ci = await startDoor();
  const body = pushOf('acme/app');
  const signature = await sign(body);
  expect((await ci.post(body, { ...pushHeaders(signature), 'x-github-event': 'ping' })).status).toBe(200);
  expect((await ci.post(body, { ...pushHeaders(signature), 'x-github-event': 'star' })).status).toBe(202);
  const notes = pushOf('acme/app', { ref: 'refs/notes/commits' });
  expect((await ci.post(notes, pushHeaders(await sign(notes)))).status).toBe(202);
  expect(await ci.get('/api/deliveries')).toMatchObject({
    total: 3,
    deliveries: [
      { status: 'ignored', event: 'push', outcome: 'refs/notes/commits is neither a branch nor a tag' },
      { status: 'ignored', event: 'star', outcome: 'the event star starts nothing' },
      { status: 'ignored', event: 'ping', answer: 200, outcome: 'a ping: this webhook is set up well' },
    ],
  });
});

test('of 100 deliveries of one id at once one is taken, and the others change nothing', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  const sha = await repository.commit('second');
  const headers = { 'x-github-delivery': randomUUID() };
  const answers = await Promise.all(Array.from({ length: 100 }, () => ci.push({ after: sha }, headers)));
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([...Array.from({ length: 99 }, () => 200), 202]);
  await ci.door.untilSha(sha);
  expect((await ci.push({ after: sha }, headers)).status).toBe(200);
  expect(ci.door.dispatches).toHaveLength(1);
  expect(await ci.get('/api/deliveries')).toMatchObject({ total: 1 });
});

test('100 deliveries of one push under other ids are dispatched as one', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  const sha = await repository.commit('second');
  const answers = await Promise.all(Array.from({ length: 100 }, () => ci.push({ after: sha })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  await ci.door.untilSha(sha);
  await waitFor('all processed', () => ci.observer.waiting === 0);
  expect(ci.door.dispatches).toHaveLength(1);
  expect(await ci.get('/api/deliveries?status=processed&limit=10')).toMatchObject({ total: 100 });
});

test('too many deliveries that wait are answered with 429', async () => {
  await using repository = await createRepository({ a: '1' });
  const options = { isWatching: false, admission: { maxWaiting: 3 } };
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], ...options });
  await ci.door.close();
  const sha = await repository.commit('second');
  for (let n = 0; n < 3; n++) expect((await ci.push({ after: sha })).status).toBe(202);
  const answer = await ci.push({ after: sha });
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await codeOf(answer)).toEqual([429, 'E_TOO_MANY_DELIVERIES']);
  await ci.door.open();
  await ci.door.untilSha(sha);
  await waitFor('all processed', () => ci.observer.waiting === 0);
  expect((await ci.push({ after: sha })).status).toBe(202);
});

test('clients that send large bodies slowly do not keep out small ones', async () => {
  await using ci = await startDoor();
  const slow = Array.from({ length: 10 }, () => {
    const post = request(`${ci.url}/webhooks`, { method: 'POST', headers: pushHeaders('sha256=00'), agent: false });
    post.on('error', () => {});
    const status = new Promise((resolve) => post.on('response', (response) => resolve(response.resume().statusCode)));
    post.write('{');
    return { post, status };
  });
  const turnedAway = await Promise.race(slow.map(({ status }) => status));
  expect(turnedAway).toBe(429);
  const body = pushOf('acme/app');
  expect((await ci.post(body, pushHeaders(await sign(body)))).status).toBe(202);
  for (const { post } of slow) post.destroy();
});

test('a full disk is answered with 503, and nothing that was taken is lost', async () => {
  await using repository = await createRepository({ a: '1' });
  const options = { isWatching: false, maxPages: 60 };
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], ...options });
  await ci.door.close();
  const sha = await repository.commit('second');
  const padding = { padding: 'x'.repeat(10_000) } as object;
  const statuses: number[] = [];
  do statuses.push((await ci.push({ after: sha, ...padding })).status);
  while (statuses.at(-1) === 202 && statuses.length < 100);
  const answer = await ci.push({ after: sha, ...padding });
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await codeOf(answer)).toEqual([503, 'E_INBOX_UNAVAILABLE']);
  expect(ci.observer.waiting).toBe(statuses.length - 1);
  await ci.door.open();
  await ci.door.untilSha(sha);
});

test('a push of a repository that was removed is refused', async () => {
  await using ci = await startDoor();
  const body = pushOf('acme/app');
  ci.door.setRepositories([]);
  await waitFor('the removal', async () => (await ci.post(body, pushHeaders(await sign(body)))).status === 401);
});
