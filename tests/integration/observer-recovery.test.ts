import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { NO_COMMIT } from '../../src/model/push.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { startObserver, type TestObserver, type TestObserverOptions, wireRepository } from '../support/observer.ts';
import { createRepository, GIT_TEST_ENV, type TestRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

interface Listed {
  total: number;
  next: number | null;
  deliveries: {
    id: string;
    status: string;
    outcome: string | null;
    error: string | null;
    tries: number;
    trigger: string;
  }[];
}

/** An observer that hears of a repository only what is posted. */
async function posted(repository: TestRepository, options: TestObserverOptions = {}): Promise<TestObserver> {
  return startObserver({ repositories: [await wireRepository(repository)], isWatching: false, ...options });
}

function deliveries(ci: TestObserver, query = ''): Promise<Listed> {
  return ci.get(`/api/deliveries${query}`) as Promise<Listed>;
}

async function processed(ci: TestObserver): Promise<void> {
  await waitFor('all deliveries processed', () => ci.observer.waiting === 0);
}

test('while the dispatcher is down deliveries are taken, and dispatched in order when it is up', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  await ci.door.close();
  await waitFor('the connection to break', () => !ci.observer.isConnected);
  const shas: string[] = [];
  for (let n = 0; n < 5; n++) {
    shas.push(await repository.commit(`commit ${n}`));
    expect((await ci.push({ after: shas.at(-1)! })).status).toBe(202);
  }
  expect((await deliveries(ci)).deliveries.map(({ status }) => status)).toEqual(shas.map(() => 'pending'));
  await ci.door.open();
  await ci.door.untilSha(shas.at(-1)!);
  await processed(ci);
  expect(ci.door.shas).toEqual(shas);
});

test('a commit counts as received with the delivery that named it, and when git was asked if none did: never before it was made', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const { answer } = ci.door;
  ci.door.answer = () => undefined; // all others wait behind it
  const first = await repository.commit('it waits for the dispatcher');
  await ci.push({ after: first });
  await ci.door.untilSha(first);
  const made: { sha: string; at: number; isNamed: boolean }[] = [];
  for (const isNamed of [true, true, false]) {
    const at = Date.now();
    const sha = await repository.commit(`commit ${made.length}`);
    if (isNamed) await ci.push({ after: sha });
    made.push({ sha, at, isNamed });
  }
  const opened = Date.now();
  ci.door.answer = answer;
  await ci.door.close();
  await ci.door.open();
  await ci.door.untilSha(made[2]!.sha);
  const { commits, receivedAt } = ci.door.of(made[2]!.sha);
  expect(commits.map(({ sha }) => sha)).toEqual(made.map(({ sha }) => sha));
  for (const [place, commit] of commits.entries()) {
    const { at, isNamed } = made[place]!;
    const received = commit.receivedAt ?? receivedAt;
    expect(received, commit.title).toBeGreaterThanOrEqual(isNamed ? at : opened);
    if (isNamed) expect(received, commit.title).toBeLessThanOrEqual(made[place + 1]!.at);
  }
});

test('what was journaled and not acknowledged is dispatched by the next instance on the same files', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const { answer } = ci.door;
  ci.door.answer = () => undefined; // the dispatcher dies with the message in its hands
  const sha = await repository.commit('second');
  await ci.push({ after: sha }, { 'x-signalbox-trigger': 'hook' });
  await ci.door.untilSha(sha);
  ci.door.answer = answer;
  await ci.restart();
  await ci.door.until('the second dispatch', ({ dispatches }) => dispatches.length === 2);
  await processed(ci);
  expect(ci.door.dispatches.map(({ after, trigger }) => [after, trigger])).toEqual([
    [sha, 'hook'],
    [sha, 'hook'],
  ]);
  await ci.restart();
  expect(ci.door.dispatches).toHaveLength(2);
});

test('deliveries that arrived while the dispatcher was down are known to the next instance before it is up', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  await ci.door.close();
  const sha = await repository.commit('second');
  await ci.push({ after: sha });
  await ci.restart(); // it knows the repositories from its own copy
  expect(ci.observer.waiting).toBe(1);
  expect((await ci.push({ after: sha })).status).toBe(202);
  await ci.door.open();
  await ci.door.untilSha(sha);
});

test('commits that were made while the observer was down are dispatched at its start', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.git('branch', 'topic');
  await using ci = await posted(repository);
  await ci.observer.stop();
  const shas = [await repository.commit('one'), await repository.commit('two')];
  await repository.git('branch', '-D', 'topic');
  await ci.restart();
  await ci.door.untilSha(shas[1]!);
  await ci.door.until('the deletion', ({ dispatches }) => dispatches.some(({ after }) => after === NO_COMMIT));
  expect(ci.door.shas).toEqual(shas);
  expect(ci.door.of(shas[1]!).trigger).toBe('poll');
});

test('a push that nobody told of is found by the poller', async () => {
  await using repository = await createRepository({ a: '1' });
  const clock = new ManualClock();
  await using ci = await posted(repository, { clock, poll: { localSeconds: 5, remoteSeconds: 60 } });
  await waitFor('the first look', () => ci.observer.sources[0]?.state === 'polled' && clock.pending > 0);
  const sha = await repository.commit('second');
  await waitFor('the dispatch', () => {
    clock.advance(6_000);
    return ci.door.shas.includes(sha);
  });
  expect(ci.door.of(sha)).toMatchObject({ trigger: 'poll', ref: 'refs/heads/main' });
});

test('the poller does not tell again of what waits for the dispatcher', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository, { poll: { localSeconds: 0.02, remoteSeconds: 60 } });
  await ci.door.close();
  await repository.commit('second');
  await waitFor('the delivery', async () => (await deliveries(ci)).total === 1);
  const sha = await repository.commit('third');
  await waitFor('the second delivery', async () => (await deliveries(ci)).total === 2);
  await repository.git('pack-refs', '--all'); // so that it looks again
  await waitFor('some looks', async () => (await deliveries(ci)).total >= 2);
  await ci.door.open();
  await ci.door.untilSha(sha);
  await processed(ci);
  expect((await deliveries(ci)).total).toBe(2);
});

test('of pushes that arrive out of order every commit is dispatched once, and the tip is that of git', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const shas = [await repository.commit('one'), await repository.commit('two'), await repository.commit('three')];
  await ci.push({ before: shas[1]!, after: shas[2]! });
  await ci.door.untilSha(shas[2]!);
  await ci.push({ before: shas[0]!, after: shas[1]! });
  await ci.push({ after: shas[0]! });
  await processed(ci);
  expect(ci.door.shas).toEqual(shas);
  const next = await repository.commit('four');
  await ci.push({ after: next });
  await ci.door.untilSha(next);
  expect(ci.door.of(next)).toMatchObject({ before: shas[2], commits: [{ sha: next }] });
});

test('a commit that was reported and then amended away is dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  await ci.door.close();
  const gone = await repository.commit('typo');
  await ci.push({ after: gone }, { 'x-signalbox-trigger': 'hook' });
  await repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'no typo');
  const amended = await repository.git('rev-parse', 'HEAD');
  await ci.push({ after: amended }, { 'x-signalbox-trigger': 'hook' });
  await ci.door.open();
  await ci.door.untilSha(amended);
  expect(ci.door.shas).toEqual([gone, amended]);
});

test('each commit of a push belongs to whoever told of it first', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  await ci.door.close();
  const one = await repository.commit('one');
  await ci.push({ after: one }, { 'x-signalbox-trigger': 'hook' });
  const two = await repository.commit('two');
  await ci.push({ after: two }, { 'x-signalbox-trigger': 'watch' });
  await ci.push({ after: two }, { 'x-signalbox-trigger': 'hook' });
  await ci.door.open();
  await ci.door.untilSha(two);
  await processed(ci);
  expect(ci.door.dispatches.map(({ trigger, commits }) => [trigger, commits.map(({ sha }) => sha)])).toEqual([
    ['hook', [one]],
    ['watch', [two]],
    ['hook', [two]],
  ]);
});

test('whoever tells of a commit later becomes a source of it, once', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const sha = await repository.commit('second');
  for (const trigger of ['watch', 'hook', 'poll', 'webhook', 'hook', 'watch']) {
    await ci.push({ after: sha }, { 'x-signalbox-trigger': trigger });
    await processed(ci);
  }
  expect(ci.door.dispatches.map(({ trigger }) => trigger)).toEqual(['watch', 'hook', 'poll', 'webhook']);
  expect(ci.door.dispatches.every(({ commits }) => commits.length === 1)).toBe(true);
});

test('a push of last week that is replayed starts nothing', async () => {
  await using repository = await createRepository({ a: '1' });
  const old = await repository.commit('old');
  await repository.commit('newer');
  await using ci = await posted(repository);
  await ci.push({ after: old });
  await ci.push({ after: 'f'.repeat(40) });
  await ci.push({ after: NO_COMMIT });
  await ci.push({ ref: 'refs/heads/never-there', after: NO_COMMIT });
  await processed(ci);
  expect(ci.door.dispatches).toEqual([]);
  expect((await deliveries(ci)).deliveries.map(({ status, outcome }) => [status, outcome])).toEqual(
    Array.from({ length: 4 }, () => ['processed', 'nothing new']),
  );
});

test('a delivery that cannot be processed is given up, and those behind it are not held up', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository, { retryMs: 20 });
  const poison = await brokenCommit(repository);
  await ci.push({ ref: 'refs/heads/poison', after: poison }, { 'x-github-delivery': 'poison' });
  const sha = await repository.commit('second');
  await ci.push({ after: sha });
  await ci.door.untilSha(sha);
  await waitFor('it to be given up', async () => (await deliveries(ci, '?status=failed')).total === 1);
  expect((await deliveries(ci, '?status=failed')).deliveries).toMatchObject([{ id: 'poison' }]);
  expect((await deliveries(ci, '?status=failed')).deliveries[0]?.error).toContain('git rev-list failed');
  expect(ci.logs.filter(({ level }) => level === 50)).toHaveLength(1);
});

test('a delivery that was given up is tried once more when a person asks for it', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository, { retryMs: 20 });
  const { answer } = ci.door;
  ci.door.answer = ({ request }) => ({ type: 'dispatch_failed', request, code: 'E_STRANGE', message: 'no' });
  const sha = await repository.commit('second');
  await ci.push({ after: sha }, { 'x-github-delivery': 'again' });
  await waitFor('it to be given up', async () => (await deliveries(ci, '?status=failed')).total === 1);
  ci.door.answer = answer;
  const redelivery = await fetch(`${ci.url}/api/deliveries/again/redeliver`, { method: 'POST' });
  expect([redelivery.status, await redelivery.json()]).toEqual([202, { delivery: 'again' }]);
  await processed(ci);
  expect(await ci.get('/api/deliveries/again')).toMatchObject({
    status: 'processed',
    error: null,
    payload: { after: sha },
  });
});

test('a redelivery dispatches all commits of the push again', async () => {
  await using repository = await createRepository({ a: '1' });
  const before = await repository.git('rev-parse', 'HEAD');
  await using ci = await posted(repository);
  const shas = [await repository.commit('one'), await repository.commit('two')];
  await ci.push({ before, after: shas[1]! }, { 'x-github-delivery': 'again' });
  await processed(ci);
  await repository.commit('three');
  await fetch(`${ci.url}/api/deliveries/again/redeliver`, { method: 'POST' });
  await processed(ci);
  const again = ci.door.dispatches.slice(1).flatMap(({ commits }) => commits.map(({ sha }) => sha));
  expect(again).toEqual(expect.arrayContaining(shas));
  expect((await fetch(`${ci.url}/api/deliveries/unknown/redeliver`, { method: 'POST' })).status).toBe(404);
});

test('a push whose commits had their runs says so', async () => {
  await using repository = await createRepository({ a: '1' });
  const before = await repository.git('rev-parse', 'HEAD');
  await using ci = await posted(repository);
  const after = await repository.commit('one');
  ci.door.answer = ({ request }) => ({ type: 'dispatched', request, runs: [7, 8], known: [7, 8] });
  await ci.push({ before, after }, { 'x-github-delivery': 'known' });
  await processed(ci);
  const outcome = 'nothing new, there already: runs 7, 8';
  expect(await ci.get('/api/deliveries/known')).toMatchObject({ status: 'processed', outcome });
});

test('a redelivery needs what the server lets through', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository, { authorize: (_request, response) => void response.status(401).json({}) });
  await ci.push({}, { 'x-github-delivery': 'again' });
  expect((await fetch(`${ci.url}/api/deliveries/again/redeliver`, { method: 'POST' })).status).toBe(401);
});

test('a dispatcher whose disk is full gets the push when it has room again', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const { answer } = ci.door;
  ci.door.answer = ({ request }) => ({ type: 'dispatch_failed', request, code: 'E_STORE_FULL', message: 'full' });
  const sha = await repository.commit('second');
  await ci.push({ after: sha });
  await ci.door.until('some tries', ({ dispatches }) => dispatches.length >= 2);
  ci.door.answer = answer;
  await processed(ci);
  expect((await deliveries(ci)).deliveries).toMatchObject([{ status: 'processed', error: null }]);
});

test('deliveries of a folder that is gone wait until it is back', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository, { poll: { localSeconds: 0.05, remoteSeconds: 60 } });
  const away = `${repository.path}.away`;
  await rename(repository.path, away);
  await waitFor('the poller', () => ci.observer.sources[0]?.state === 'unavailable');
  const inAway = { cwd: away, env: { ...process.env, ...GIT_TEST_ENV } };
  await promisify(execFile)('git', ['commit', '-q', '--allow-empty', '-m', 'second'], inAway); // nobody sees it before it is back
  const sha = (await promisify(execFile)('git', ['rev-parse', 'HEAD'], inAway)).stdout.trim();
  await ci.push({ after: sha });
  await waitFor(
    'the reason',
    async () => (await deliveries(ci)).deliveries[0]?.error?.includes('cannot be read') ?? false,
  );
  expect(ci.observer.sources).toMatchObject([{ state: 'unavailable', repository: 'local/app' }]);
  await rename(away, repository.path);
  await ci.door.untilSha(sha);
});

test('deliveries of a repository that was removed are marked', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  ci.door.answer = ({ request }) => ({ type: 'dispatch_failed', request, code: 'E_UNKNOWN_REPOSITORY', message: '' });
  const sha = await repository.commit('second');
  await ci.push({ after: sha });
  await processed(ci);
  expect((await deliveries(ci)).deliveries).toMatchObject([
    { status: 'ignored', outcome: 'the repository was removed' },
  ]);
});

test('a secret that was changed counts from then on', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  const sha = await repository.commit('second');
  const wire = await wireRepository(repository);
  ci.door.setRepositories([{ ...wire, secret: 'a new one' }]);
  await waitFor('the new secret', async () => (await ci.push({ after: sha })).status === 401);
});

test('deliveries are listed newest first, in pages', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await posted(repository);
  for (let n = 0; n < 5; n++)
    await ci.push({}, { 'x-github-delivery': `number-${n}`, cookie: 'a=b', authorization: 'x' });
  await processed(ci);
  const first = await deliveries(ci, '?limit=2');
  const second = await deliveries(ci, `?limit=2&before=${first.next}`);
  const third = await deliveries(ci, `?limit=2&before=${second.next}`);
  expect([first, second, third].map((page) => page.deliveries.map(({ id }) => id))).toEqual([
    ['number-4', 'number-3'],
    ['number-2', 'number-1'],
    ['number-0'],
  ]);
  expect([first.total, third.next]).toEqual([5, null]);
  const one = (await ci.get('/api/deliveries/number-3')) as { headers: Record<string, string>; answer: number };
  expect(one.headers).toMatchObject({ 'x-github-event': 'push', 'x-github-delivery': 'number-3' });
  expect(one.headers).not.toHaveProperty('cookie');
  expect(one.headers).not.toHaveProperty('authorization');
  expect(one.answer).toBe(202);
  expect((await fetch(`${ci.url}/api/deliveries?limit=x`)).status).toBe(400);
  expect((await fetch(`${ci.url}/api/deliveries/unknown`)).status).toBe(404);
});

test('old deliveries are forgotten, those that wait are not', async () => {
  await using repository = await createRepository({ a: '1' });
  const retention = { maxAgeMs: 86_400_000, maxCount: 10, maxBytes: 1e9 };
  await using ci = await posted(repository, { retention });
  for (let n = 0; n < 20; n++) await ci.push({});
  await processed(ci);
  await ci.door.close();
  const sha = await repository.commit('second');
  await ci.push({ after: sha });
  await ci.restart();
  await waitFor('the trim', async () => (await deliveries(ci)).total <= 10);
  expect(await deliveries(ci, '?status=pending')).toMatchObject({ total: 1 });
});

/** A commit whose parent is not there, so that git fails when it looks at it. */
async function brokenCommit(repository: TestRepository): Promise<string> {
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  const person = 'Ada <ada@example.org> 1700000000 +0000';
  const text = `tree ${tree}\nparent ${'d'.repeat(40)}\nauthor ${person}\ncommitter ${person}\n\nbroken\n`;
  const run = promisify(execFile)('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], { cwd: repository.path });
  run.child.stdin?.end(text);
  return (await run).stdout.trim();
}
