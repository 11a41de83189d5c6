import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Ci, type WatchedRepository } from '../support/ci.ts';
import { startGitHttp } from '../support/git-http.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const CI = '.github/workflows/ci.yml';
const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';

/** A pull request of branch `topic`, as a webhook tells of it. */
async function pullRequest(repository: WatchedRepository, more: object = {}) {
  const [sha, base] = [await repository.git('rev-parse', 'topic'), await repository.git('rev-parse', 'main')];
  const own = { full_name: 'local/app' };
  const payload = {
    ...{ action: 'opened', number: 7, repository: own },
    pull_request: { number: 7, head: { sha, ref: 'topic', repo: own }, base: { sha: base, ref: 'main', repo: own } },
  };
  const ref = 'refs/pull/7/merge';
  return { name: 'pull_request', ref, sha, base, fetch: [ref, 'refs/pull/7/head'], title: 'Add', payload, ...more };
}

/** A repository with a pull request from `topic` to `main`, which went on meanwhile. */
async function withPullRequest(ci: Ci, workflow: string) {
  const repository = await ci.repository({ [CI]: workflow, 'src/a': '1' });
  await repository.git('checkout', '-q', '-b', 'topic');
  await repository.commit('topic', { 'docs/a': '1' });
  await repository.git('checkout', '-q', 'main');
  await repository.commit('main goes on', { 'src/a': '2' });
  return repository;
}

test('a pull request is tested at its head, once for each delivery', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `name: CI\non: pull_request\n${JOBS}`);
  const pull = await pullRequest(repository);
  const { runs } = await ci.event(repository.record, { ...pull, occurrence: 'one' });
  expect((await ci.event(repository.record, { ...pull, occurrence: 'one' })).runs).toEqual(runs);
  expect((await ci.event(repository.record, { ...pull, occurrence: 'two' })).runs).not.toEqual(runs);
  expect((await ci.show(runs[0])).run).toMatchObject({
    ...{
      event: 'pull_request',
      ref: 'refs/pull/7/merge',
      sha: pull.sha,
      title: 'Add',
      actor: 'ada',
      trigger: 'webhook',
    },
  });
  const runner = await ci.runner();
  expect((await runner.lease()).contexts?.github).toMatchObject({
    ...{ event_name: 'pull_request', ref_name: '7/merge', head_ref: 'topic', base_ref: 'main' },
  });
});

test('a pull request whose merge the forge has made is tested as that', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `name: CI\non: pull_request\n${JOBS}`);
  await repository.git('checkout', '-q', '--detach', 'main');
  await repository.git('merge', '-q', '--no-ff', '-m', 'merge [skip ci]', 'topic');
  const merge = await repository.git('rev-parse', 'HEAD');
  await repository.git('update-ref', 'refs/pull/7/merge', merge);
  await repository.git('checkout', '-q', 'main');
  const { runs } = await ci.event(repository.record, await pullRequest(repository));
  const topic = await repository.git('rev-parse', 'topic');
  expect((await ci.show(runs[0])).run).toMatchObject({ sha: merge, head: topic, conclusion: null });
  expect((await ci.store.runs({ sha: topic })).map(({ id }) => id)).toEqual(runs);
  // a merge of an older head says nothing of this one
  await repository.git('checkout', '-q', 'topic');
  const newer = await repository.commit('newer');
  const again = await ci.event(repository.record, await pullRequest(repository));
  expect((await ci.show(again.runs[0])).run).toMatchObject({ sha: newer, head: null });
});

test('paths of a pull request are those since it left its base', async () => {
  await using ci = await Ci.start();
  const paths = `name: Source\non: { pull_request: { paths: ['src/**'] } }\n${JOBS}`;
  await using repository = await withPullRequest(ci, paths);
  const { runs } = await ci.event(repository.record, await pullRequest(repository));
  expect((await ci.show(runs[0])).run).toMatchObject({
    conclusion: 'skipped',
    reason: '`on.pull_request.paths` has src/**; changed: docs/a',
  });
});

test('a pull request that no branch leads to is fetched by its ref', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const pull = await pullRequest(repository);
  await repository.git('update-ref', 'refs/pull/7/head', pull.sha);
  await repository.git('branch', '-q', '-D', 'topic');
  const record = await ci.store.updateRepository(repository.record.id, { gitDir: null });
  await ci.restart();
  const { runs } = await ci.event(record, pull);
  expect((await ci.show(runs[0])).run).toMatchObject({ sha: pull.sha });
});

test('a pull request from a fork waits, and says for what', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const runner = await ci.runner();
  const { runs } = await ci.event(repository.record, await pullRequest(repository, { held: 'from a fork' }));
  expect((await ci.show(runs[0])).run).toMatchObject({ status: 'queued', reason: 'from a fork' });
  await ci.settle();
  expect(runner.count('lease')).toBe(0);
});

test('what waits for a word about a pull request is cancelled when that is closed, and nothing else is', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const pull = await pullRequest(repository, { held: 'from a fork' });
  const other = { ...pull, ref: 'refs/pull/8/merge', fetch: [] };
  const ofOther = { ...pull.payload, number: 8, pull_request: { ...pull.payload.pull_request, number: 8 } };
  const [waits] = (await ci.event(repository.record, pull)).runs;
  const [goesOn] = (await ci.event(repository.record, { ...other, payload: ofOther })).runs;
  await ci.event(repository.record, { ...pull, payload: { ...pull.payload, action: 'closed' } });
  expect((await ci.show(waits)).run).toMatchObject({
    ...{ status: 'completed', conclusion: 'cancelled' },
    reason: 'pull request 7 was closed before anybody approved it',
  });
  expect((await ci.show(goesOn)).run).toMatchObject({ status: 'queued', reason: 'from a fork' });
});

describe('what waits for a word about a pull request', () => {
  /** Tells of the commit that its branch is at as a forge would after a push. */
  const pushed = async (repository: WatchedRepository, more: object = {}) => {
    const pull = await pullRequest(repository, { held: 'from a fork' });
    return { ...pull, payload: { ...pull.payload, action: 'synchronize', ...more } };
  };
  const reasons = async (ci: Ci, ...runs: (number | undefined)[]) =>
    Promise.all(runs.map(async (run) => (await ci.show(run)).run.reason));

  test('gives way to a newer commit that the ref of the pull request is at, also where a delivery was lost', async () => {
    await using ci = await Ci.start();
    await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
    const [first] = (await ci.event(repository.record, await pullRequest(repository, { held: 'from a fork' }))).runs;
    await repository.git('checkout', '-q', 'topic');
    await repository.commit('told of later');
    const late = await pushed(repository, { before: 'e'.repeat(40) });
    const sha = await repository.commit('newest');
    await repository.git('update-ref', 'refs/pull/7/head', sha);
    const [newest] = (await ci.event(repository.record, await pushed(repository, { before: 'f'.repeat(40) }))).runs;
    const superseded = `superseded by ${sha.slice(0, 9)}, which pull request 7 is at now`;
    expect(await reasons(ci, first, newest)).toEqual([superseded, 'from a fork']);
    const [outdated] = (await ci.event(repository.record, late)).runs;
    expect(await reasons(ci, outdated, newest)).toEqual([superseded, 'from a fork']);
  });

  test('gives way, without such a ref, to what was pushed just after it, and to nothing else', async () => {
    await using ci = await Ci.start();
    await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
    const pull = await pullRequest(repository, { held: 'from a fork' });
    const [older] = (await ci.event(repository.record, pull)).runs;
    await repository.git('checkout', '-q', 'topic');
    const sha = await repository.commit('newer');
    for (const before of ['f'.repeat(40), undefined])
      await ci.event(repository.record, await pushed(repository, { before }));
    expect(await reasons(ci, older)).toEqual(['from a fork']);
    await ci.event(repository.record, await pushed(repository, { before: pull.sha }));
    expect(await reasons(ci, older)).toEqual([`superseded by ${sha.slice(0, 9)}, which pull request 7 is at now`]);
  });
});

/** A repository `acme/app` at a forge, and its fork `eve/app` with a branch `topic`, of which the forge names no commit. */
async function withFork(ci: Ci, forge: { readonly path: string }, url: string) {
  await using origin = await createRepository({ [CI]: `on: pull_request\n${JOBS}` });
  const record = await ci.dispatcher.registry.add({ source: await origin.git('rev-parse', '--show-toplevel') });
  const base = await origin.git('rev-parse', 'HEAD');
  await origin.git('clone', '-q', '--bare', '.', join(forge.path, 'acme/app.git'));
  await origin.git('checkout', '-q', '-b', 'topic');
  const head = await origin.commit('a stranger', { 'src/a': '3' });
  await origin.git('clone', '-q', '--bare', '.', join(forge.path, 'eve/app.git'));
  const at = await ci.store.updateRepository(record.id, { gitDir: null, sources: [`${url}/acme/app.git`] });
  await ci.restart();
  const fork = { path: 'eve/app', branch: 'topic' };
  return { record: at, head, event: { name: 'pull_request', ref: 'refs/pull/7/merge', base, fork } };
}

test('a pull request from a fork that the forge names by its branch alone is fetched from the fork', async () => {
  await using ci = await Ci.start();
  await using forge = await tempDir();
  await using server = await startGitHttp({ root: forge.path });
  const { record, head, event } = await withFork(ci, forge, server.url);
  const { runs } = await ci.event(record, { ...event, held: 'from a fork' });
  const { run } = await ci.show(runs[0]);
  expect(run).toMatchObject({ sha: head, status: 'queued', reason: 'from a fork', ref: 'refs/pull/7/merge' });
  expect(await ci.dispatcher.changedFiles(record.id, head, event.base)).toEqual(['src/a']);
  const gone = await ci.event(record, { ...event, fork: { ...event.fork, branch: 'gone' } });
  expect(gone).toMatchObject({ runs: [], note: 'there is no branch gone in the fork eve/app any more' });
});

test('a fork that is closed to the server is told at once, in words', async () => {
  await using ci = await Ci.start();
  await using forge = await tempDir();
  await using server = await startGitHttp({ root: forge.path, account: 'somebody:else' });
  const { record, event } = await withFork(ci, forge, server.url);
  const { runs, note } = await ci.event(record, event);
  expect(runs).toEqual([]);
  expect(note).toMatch(/^the fork eve\/app is not open to this server: .*it was not let in/);
});

test('what is changed by what waits for a person is told from git, since it left its base', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const pull = await pullRequest(repository, { held: 'from a fork' });
  const { runs } = await ci.event(repository.record, pull);
  const { run, pullBase } = await ci.show(runs[0]);
  expect(pullBase).toBe(pull.base);
  const { id } = repository.record;
  expect(await ci.dispatcher.changedFiles(id, run.sha, pullBase)).toEqual(['docs/a']);
  expect(await ci.dispatcher.changedFiles(id, run.sha, 'f'.repeat(40))).toBeUndefined();
  expect(await ci.dispatcher.changedFiles(999, run.sha, pullBase)).toBeUndefined();
});

test('what was merged into a branch is told from git', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const topic = await repository.git('rev-parse', 'topic');
  await repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const tip = await repository.git('rev-parse', 'HEAD');
  expect([...(await ci.dispatcher.mergesOf(repository.record.id, tip))]).toEqual([[tip, [topic]]]);
  expect(await ci.dispatcher.lineOf(repository.record.id, tip)).toHaveLength(3);
});

test('what happens on the default branch runs there, and says so where nothing does', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: `name: CI\non: { repository_dispatch: { types: [deploy] } }\n${JOBS}`,
  });
  const name = 'repository_dispatch';
  const { runs } = await ci.event(repository.record, { name, payload: { action: 'deploy', client_payload: { a: 1 } } });
  const sha = await repository.git('rev-parse', 'HEAD');
  expect((await ci.show(runs[0])).run).toMatchObject({ event: name, ref: 'refs/heads/main', sha });
  expect(await ci.event(repository.record, { name, payload: { action: 'other' } })).toMatchObject({
    runs: [],
    note: 'no workflow file at refs/heads/main is for repository_dispatch (other)',
  });
  expect(await ci.event(repository.record, { name: 'release', ref: 'refs/tags/v9' })).toMatchObject({
    runs: [],
    note: 'there is no refs/tags/v9',
  });
});

test('an event on a commit that cannot be had is told as that', async () => {
  await using ci = await Ci.start();
  await using repository = await withPullRequest(ci, `on: pull_request\n${JOBS}`);
  const pull = await pullRequest(repository, { sha: '1'.repeat(40) });
  await expect(ci.event(repository.record, pull)).rejects.toThrow('E_COMMIT_NOT_FOUND');
  await expect(ci.event({ id: 99 }, pull)).rejects.toThrow('E_UNKNOWN_REPOSITORY');
});

test('a workflow is started by hand, with typed inputs, by file, path or name', async () => {
  await using ci = await Ci.start();
  const inputs = 'inputs: { level: { type: number, required: true }, dry: { type: boolean, default: true } }';
  await using repository = await ci.repository({
    [CI]: `name: Release it\non: { workflow_dispatch: { ${inputs} } }\n${JOBS}`,
    '.github/workflows/push.yml': `on: push\n${JOBS}`,
    '.github/workflows/bad.yml': 'on: push\njobs: 7',
  });
  const { manual } = ci.dispatcher;
  const { record } = repository;
  const start = (more: object) => manual.workflow(record, { workflow: 'ci.yml', inputs: { level: '3' }, ...more });
  const run = await start({ actor: 'ada' });
  const sha = await repository.git('rev-parse', 'HEAD');
  expect((await ci.show(run)).run).toMatchObject({
    ...{ event: 'workflow_dispatch', ref: 'refs/heads/main', sha, trigger: 'manual', actor: 'ada', path: CI },
  });
  const runner = await ci.runner();
  const { contexts } = await runner.lease();
  expect(contexts?.inputs).toEqual({ level: 3, dry: true });
  expect(contexts?.github).toMatchObject({ event: { inputs: { level: '3' }, sender: { login: 'ada' } } });
  expect(await start({ workflow: 'Release it' })).not.toBe(run);
  expect((await ci.show(await start({ workflow: CI, ref: 'main' }))).run.trigger).toBe('api');
  await expect(start({ inputs: { level: 'high' } })).rejects.toThrow(/level/);
  await expect(start({ ref: 'none' })).rejects.toMatchObject({ code: 'E_REF_NOT_FOUND' });
  await expect(start({ workflow: 'none.yml' })).rejects.toThrow(
    'there is no workflow none.yml at main; it has bad.yml, ci.yml, push.yml',
  );
  await expect(start({ workflow: 'push.yml' })).rejects.toThrow('has no `on: workflow_dispatch`');
  await expect(start({ workflow: 'bad.yml' })).rejects.toThrow('bad.yml:2:7');
});

test('an event of a program starts what is for its type', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `on: { repository_dispatch: { types: [deploy] } }\n${JOBS}` });
  const tell = (eventType: string) =>
    ci.dispatcher.manual.event(repository.record, { eventType, clientPayload: { to: 'live' } });
  const { runs } = await tell('deploy');
  expect((await ci.show(runs[0])).run).toMatchObject({ event: 'repository_dispatch', trigger: 'api' });
  const runner = await ci.runner();
  expect((await runner.lease()).contexts?.github).toMatchObject({
    event: { action: 'deploy', client_payload: { to: 'live' } },
  });
  expect(await tell('other')).toEqual({ runs: [], note: expect.stringContaining('repository_dispatch (other)') });
});
