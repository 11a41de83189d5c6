import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_COMMIT } from '../../src/model/push.ts';
import { Ci, dispatchOf } from '../support/ci.ts';
import { shaOf } from '../support/store.ts';

test('the observer is told which runs of a push were there before', async () => {
  await using ci = await Ci.start();
  const repository = await ci.repository();
  const known = await repository.git('rev-parse', 'HEAD');
  await ci.push(repository, known);
  const shas = [known, await repository.commit('two', { a: '2' })];
  const observer = await ci.observer();
  observer.send(dispatchOf(77, repository.record, shas));
  const answer = await observer.received('dispatched', ({ request }) => request === 77);
  expect(answer).toMatchObject({ runs: [1, 2], known: [1] });
});

test('a push that is told of twice has one run, and both sources', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const sha = await repository.git('rev-parse', 'HEAD');
  const first = await ci.dispatch(repository.record, [sha]);
  const second = await ci.dispatch(repository.record, [sha], { trigger: 'watch' });
  expect(second).toEqual(first);
  expect((await ci.show(first[0])).run.sources).toEqual(['hook', 'watch']);
  const runner = await ci.runner({ slots: 5 });
  await runner.lease();
  await ci.settle();
  expect(runner.count('lease')).toBe(1);
});

test('pushes of one repository are stored in the order in which they were told', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const shas: string[] = [];
  for (let at = 0; at < 12; at++) shas.push(await repository.commit(`commit ${at}`));
  const observer = await ci.observer();
  for (const [at, sha] of shas.entries()) observer.send(dispatchOf(1000 + at, repository.record, [sha]));
  for (const at of shas.keys()) await observer.received('dispatched', ({ request }) => request === 1000 + at);
  const runs = await ci.store.runs({ repository: 'local/app' });
  expect(runs.map(({ number, sha }) => [number, sha])).toEqual(shas.map((sha, at) => [at + 1, sha]).reverse());
});

test('tests that were found are skipped where the message of the commit says so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const [run = 0] = await ci.dispatch(repository.record, [await repository.commit('words alone [skip ci]')]);
  const { conclusion, reason } = (await ci.show(run)).run;
  expect({ conclusion, reason }).toEqual({ conclusion: 'skipped', reason: "the commit's message says [skip ci]" });
});

test('a burst of pushes is given with few claims', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const shas: string[] = [];
  for (let at = 0; at < 60; at++) shas.push(await repository.git('commit-tree', 'HEAD^{tree}', '-m', `commit ${at}`));
  const runner = await ci.runner({ slots: 2 });
  const { store } = ci;
  const claim = store.claim.bind(store);
  let claims = 0;
  store.claim = (request, count) => {
    claims += 1;
    return claim(request, count);
  };
  const observer = await ci.observer();
  for (const [at, sha] of shas.entries()) observer.send(dispatchOf(at, repository.record, [sha]));
  await observer.received('dispatched', ({ request }) => request === 59);
  await runner.lease();
  await runner.lease();
  expect(claims).toBeLessThan(5);
});

test('a commit of a damaged repository is an error with the reason, and the next one is tested when it is mended', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const broken = await repository.commit('broken', { a: 'a' });
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  const path = join(repository.path, '.git/objects', tree.slice(0, 2), tree.slice(2));
  await rename(path, `${path}.away`);
  const [run] = await ci.push(repository, broken);
  expect(await ci.completed(run)).toMatchObject({
    conclusion: 'error',
    reason: expect.stringContaining(`object ${tree}, which the commit is made of, is not in`),
  });
  await rename(`${path}.away`, path);
  const runner = await ci.runner();
  await ci.push(repository, await repository.commit('of the same tree'));
  expect((await runner.lease()).spec.steps).toMatchObject([{ command: ['./ci.sh'] }]);
});

test('a commit that cannot be read any more gets a run with conclusion error and the reason', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const [run] = await ci.dispatch(repository.record, [shaOf(0xbad)]);
  expect(await ci.completed(run)).toMatchObject({
    conclusion: 'error',
    reason: expect.stringContaining(`commit ${shaOf(0xbad)} is not in`),
  });
});

test('a commit that the repository lost is found in the mirror', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const sha = await repository.commit('amended away');
  await ci.push(repository, sha);
  ci.clock.advance(1_000); // the mirror follows
  await ci.restart(); // and is waited for
  await repository.git('reset', '-q', '--hard', 'HEAD~1');
  await repository.git('reflog', 'expire', '--expire=now', '--all');
  await repository.git('gc', '-q', '--prune=now');
  const runner = await ci.runner();
  const lease = await runner.lease();
  expect(lease.sha).toBe(sha);
  expect(lease.git.objects[0]).toContain('/mirrors/');
  await ci.dispatch(repository.record, [sha], { ref: 'refs/heads/back' });
});

test('a repository that is gone gives error and does not hold up the others', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await using gone = await ci.repository();
  await rm(gone.path, { recursive: true });
  const [run] = await ci.dispatch(gone.record, [shaOf(1)]);
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'error' });
  await ci.push(repository);
});

test('commits that are not to be tested, and those without tests, are skipped with the reason', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ 'README.md': 'hello' });
  const sha = await repository.git('rev-parse', 'HEAD');
  const [nothing] = await ci.dispatch(repository.record, [sha]);
  expect(await ci.completed(nothing)).toMatchObject({
    conclusion: 'skipped',
    reason: expect.stringContaining('no tests'),
  });
  const commits = [{ sha: shaOf(1), title: 't', author: 'a', committedAt: 0, skip: 'more than 250 commits' }];
  const [policy] = await ci.dispatch(repository.record, [], { commits, after: shaOf(1) });
  expect(await ci.completed(policy)).toMatchObject({ conclusion: 'skipped', reason: 'more than 250 commits' });
});

test('a deleted ref is no run, and is told', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  expect(await ci.dispatch(repository.record, [], { before: shaOf(1), after: NO_COMMIT })).toEqual([]);
  await ci.happened('ref.deleted');
});

test('a repository that is not known is an error with its code', async () => {
  await using ci = await Ci.start();
  await expect(ci.dispatch({ id: 99 }, [shaOf(1)])).rejects.toThrow('E_UNKNOWN_REPOSITORY');
});

test('an observer is told of the repositories, and of each change', async () => {
  await using ci = await Ci.start();
  const observer = await ci.observer();
  expect(await observer.received('repositories')).toMatchObject({ repositories: [] });
  await using repository = await ci.repository();
  const { id, secret } = repository.record;
  expect(await observer.received('repositories')).toMatchObject({
    repositories: [{ id, name: 'local/app', secret, policy: 'each', maxCommits: 250, sources: [repository.path] }],
  });
  await ci.dispatcher.registry.remove('local/app');
  expect(await observer.received('repositories')).toMatchObject({ repositories: [] });
});

test('a commit of a push keeps the time at which it was received itself', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const shas = [await repository.commit('one'), await repository.commit('two')];
  const [early, late] = [1_700_000_000_000, 1_700_000_000_500];
  const commits = shas.map((sha, at) => ({
    sha,
    title: '',
    author: '',
    committedAt: early,
    ...(at && { receivedAt: late }),
  }));
  const runs = await ci.dispatch(repository.record, [], { commits, after: shas[1]!, receivedAt: early });
  const shown = await Promise.all(runs.map(async (run) => (await ci.show(run)).run.receivedAt.getTime()));
  expect(shown).toEqual([early, late]);
});

test('the dates and numbers of a hostile commit do no harm', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const sha = await repository.git('rev-parse', 'HEAD');
  const commits = [{ sha, title: '\0\u202e<b>', author: '', committedAt: Number.MIN_SAFE_INTEGER }];
  const [run] = await ci.dispatch(repository.record, [], { commits, after: sha, receivedAt: Number.MAX_SAFE_INTEGER });
  expect((await ci.show(run)).run.committedAt.getTime()).toBe(0);
});
