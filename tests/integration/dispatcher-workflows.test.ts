import { expect, test } from 'vitest';
import { CommitNotFoundError } from '../../src/git/git.ts';
import { NO_COMMIT } from '../../src/model/push.ts';
import type { DispatchMessage } from '../../src/protocol/to-dispatcher.ts';
import { CI_SH, Ci, DEFAULTS, type WatchedRepository } from '../support/ci.ts';

const CI = '.github/workflows/ci.yml';
const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';
const MAIN = 'refs/heads/main';

/** What a dispatch of these commits made: `workflow: conclusion or status`, in the order of the runs. */
async function runsOf(ci: Ci, repository: WatchedRepository, shas: string[], more: Partial<DispatchMessage> = {}) {
  const runs = await Promise.all((await ci.dispatch(repository.record, shas, more)).map((id) => ci.show(id)));
  return runs.map(({ run }) => run);
}

test('a commit has a run for each workflow file that it concerns, and those of its ref only', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: `name: CI\non: push\n${JOBS}`,
    '.github/workflows/release.yml': `name: Release\non: { push: { tags: ['v*'] } }\n${JOBS}`,
    '.github/workflows/bad.yml': 'on: push\njobs: 7\n',
    'ci.sh': '#!/bin/sh\n',
  });
  const sha = await repository.git('rev-parse', 'HEAD');
  const first = await runsOf(ci, repository, [sha]);
  expect(first).toMatchObject([
    {
      ...{ workflow: '.github/workflows/bad.yml', conclusion: 'error', ref: MAIN, event: 'push' },
      reason: expect.stringContaining('.github/workflows/bad.yml:2:7:'),
    },
    { workflow: 'CI', path: CI, actor: 'Ada' },
    { workflow: 'Release', conclusion: 'skipped', reason: expect.stringContaining('this ref is the branch main') },
  ]);
  const again = await runsOf(ci, repository, [sha], { trigger: 'watch' });
  expect(again.map(({ id, sources }) => [id, sources])).toEqual(first.map(({ id }) => [id, ['hook', 'watch']]));
  const tagged = await runsOf(ci, repository, [sha], { ref: 'refs/tags/v1' });
  expect(tagged.map(({ id }) => id)).not.toEqual(expect.arrayContaining(first.map(({ id }) => id)));
  expect(tagged.map(({ workflow, ref }) => `${workflow} ${ref}`)).toContain('Release refs/tags/v1');
});

test('a new branch at commits that have runs gets runs for its tip alone', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `name: CI\non: push\n${JOBS}` });
  const first = await repository.git('rev-parse', 'HEAD');
  const second = await repository.commit('second');
  const main = await runsOf(ci, repository, [first, second]);
  const topic = await runsOf(ci, repository, [first, second], { ref: 'refs/heads/topic' });
  expect(topic.map(({ sha, ref }) => `${sha} ${ref}`)).toEqual([`${first} ${MAIN}`, `${second} refs/heads/topic`]);
  expect(topic[0]?.id).toBe(main[0]?.id);
});

test('a commit that was skipped as one in between is tested as the tip of another branch', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `name: CI\non: push\n${JOBS}` });
  const sha = await repository.git('rev-parse', 'HEAD');
  const commits = [{ sha, title: 't', author: 'a', committedAt: 0, skip: 'policy: latest' }];
  const skipped = await runsOf(ci, repository, [], { commits, after: await repository.commit('tip') });
  expect(skipped).toMatchObject([{ conclusion: 'skipped', reason: 'policy: latest' }]);
  const [run] = await runsOf(ci, repository, [sha], { ref: 'refs/heads/old' });
  expect(run).toMatchObject({ workflow: 'CI', ref: 'refs/heads/old' });
});

test('a commit whose files are for no push has one run that says so', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `on: [pull_request]\n${JOBS}`, 'ci.sh': '#!/bin/sh\n' });
  const [run, ...more] = await runsOf(ci, repository, [await repository.git('rev-parse', 'HEAD')]);
  expect(run).toMatchObject({
    conclusion: 'skipped',
    reason: 'no workflow file is for a push: ci.yml (pull_request)',
  });
  expect(more).toEqual([]);
});

test('path filters look at each commit by itself, and at what a tip stands for', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({
    [CI]: `name: CI\non: { push: { paths: ['src/**'] } }\n${JOBS}`,
    'src/a': '1',
    'docs/a': '1',
  });
  const before = await repository.git('rev-parse', 'HEAD');
  const inSource = await repository.commit('source', { 'src/a': '2' });
  const inDocs = await repository.commit('docs', { 'docs/a': '2' });
  const verdicts = async (shas: string[], more: Partial<DispatchMessage>) =>
    (await runsOf(ci, repository, shas, more)).map(({ conclusion }) => conclusion === 'skipped');
  expect(await verdicts([inSource, inDocs], { before })).toEqual([false, true]);
  // a fast-forward to commits that others brought: what the ref gained is what counts, as on GitHub
  expect(await verdicts([inDocs], { before, ref: 'refs/heads/release' })).toEqual([false]);
  const skipped = { sha: inSource, title: 't', author: 'a', committedAt: 0, skip: 'policy: latest' };
  const tip = { sha: inDocs, title: 't', author: 'a', committedAt: 0 };
  const latest = { before: NO_COMMIT, after: inDocs, ref: 'refs/heads/latest', commits: [skipped, tip] };
  expect((await runsOf(ci, repository, [], latest)).at(-1)?.conclusion).not.toBe('skipped');
  // amended: compared with its parent, not with the one that it replaced
  const amended = await repository.git('commit-tree', `${inSource}^{tree}`, '-p', before, '-m', 'other words');
  expect(await verdicts([amended], { before: inSource, ref: 'refs/heads/amended' })).toEqual([false]);
});

test('a job is given with its contexts, and what it says beyond its verdict is kept', async () => {
  await using ci = await Ci.start();
  const workflow = `name: CI
on: push
env: { LEVEL: high }
jobs:
  build:
    runs-on: ubuntu-latest
    outputs: { version: 1.2 }
    strategy: { matrix: { node: [20, 22] } }
    steps: [{ run: make }]
  deploy:
    needs: build
    runs-on: ubuntu-latest
    environment: live
    steps: [{ run: make deploy }]`;
  await using repository = await ci.repository({ [CI]: workflow });
  const { id } = repository.record;
  await ci.store.vault.setSecret({ repository: id, environment: null }, 'KEY', 'of the repository', ci.clock.now());
  await ci.store.vault.setSecret({ repository: id, environment: 'live' }, 'KEY', 'of live', ci.clock.now());
  await ci.store.vault.setVariable({ repository: null, environment: null }, 'TEAM', 'blue', ci.clock.now());
  const runner = await ci.runner({ slots: 2 });
  const [run] = await ci.push(repository);
  const [first, second] = [await runner.lease(), await runner.lease()];
  const sha = await repository.git('rev-parse', 'HEAD');
  expect(first.contexts).toMatchObject({
    github: {
      ...{ event_name: 'push', ref: MAIN, ref_name: 'main', sha, actor: 'Ada', repository: 'local/app', job: 'build' },
      ...{ workflow: 'CI', run_number: '1', run_id: String(run), token: '' },
      event: {
        ...{ after: sha, created: true, deleted: false, commits: [{ id: sha, message: 'first' }] },
        ...{ repository: { full_name: 'local/app', default_branch: 'main' }, sender: { login: 'Ada' } },
        ...{ pusher: { name: 'Ada', email: 'ada@example.org' }, head_commit: { id: sha } },
      },
    },
    matrix: { node: 20 },
    strategy: { 'job-index': 0, 'job-total': 2 },
    vars: { TEAM: 'blue' },
    secrets: { KEY: 'of the repository' },
    needs: {},
  });
  expect(second.contexts?.matrix).toEqual({ node: 22 });
  expect(first.spec.workflow).toMatchObject({ path: CI, job: { id: 'build' } });
  const annotations = [{ level: 'error' as const, message: 'not so', file: 'a.ts', line: 3 }];
  for (const lease of [first, second]) {
    await ci.started(runner, lease);
    await runner.finished(lease, { outputs: { version: '1.2' }, annotations, summary: '# done' });
  }
  const deploy = await runner.lease();
  expect(deploy.contexts).toMatchObject({
    needs: { build: { result: 'success', outputs: { version: '1.2' } } },
    secrets: { KEY: 'of live' },
  });
  expect((await ci.show(run)).jobs[0]).toMatchObject({ name: 'build (20)', annotations, summary: '# done' });
  const stored = JSON.stringify([await ci.show(run), await ci.store.events(0, 1_000)]);
  expect(stored).not.toContain('of the repository');
});

test('a job whose secrets cannot be had is an error in words, and holds up nobody', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `on: push\n${JOBS}` });
  await using other = await ci.repository(CI_SH, 'local/other');
  ci.store.vault.secretsFor = async () => Promise.reject(new CommitNotFoundError('KEY', 'the vault'));
  const runner = await ci.runner();
  const [run] = await ci.push(repository);
  expect(await ci.completed(run)).toMatchObject({ conclusion: 'error', reason: expect.stringContaining('the vault') });
  await ci.push(other);
  expect((await runner.lease()).repository.name).toBe(other.record.name);
});

test('a run that supersedes another one has the runner of that one told', async () => {
  await using ci = await Ci.start();
  const group = `on: push\nconcurrency: { group: one, cancel-in-progress: true }\n${JOBS}`;
  await using repository = await ci.repository({ [CI]: group });
  const runner = await ci.runner({ slots: 1 });
  await ci.push(repository);
  const lease = await runner.lease();
  await ci.started(runner, lease);
  await ci.push(repository, await repository.commit('newer'));
  const { job, execution } = lease;
  expect(await runner.received('cancel')).toMatchObject({ job, execution });
});

test('commits that a tag brought are tested once more for the branch that brings them', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository({ [CI]: `name: CI\non: { push: { branches: [main] } }\n${JOBS}` });
  const shas = [await repository.commit('one'), await repository.commit('two')];
  const tagged = await runsOf(ci, repository, shas, { ref: 'refs/tags/v1' });
  expect(tagged.map(({ conclusion }) => conclusion)).toEqual(['skipped', 'skipped']);
  const main = await runsOf(ci, repository, shas);
  expect(main.map(({ sha, ref, conclusion }) => [sha, ref, conclusion])).toEqual(shas.map((sha) => [sha, MAIN, null]));
});

test('where workflow files are off, tests are found as if there were none', async () => {
  const repositories = new Map([['local/app', { workflows: 'off' as const }]]);
  await using ci = await Ci.start({ config: { defaults: DEFAULTS, repositories, classicRepository: null } });
  await using repository = await ci.repository({ [CI]: `on: [push, issues]\n${JOBS}`, ...CI_SH });
  const [run] = await runsOf(ci, repository, [await repository.git('rev-parse', 'HEAD')]);
  expect(run).toMatchObject({ workflow: 'tests', path: null });
  expect((await ci.event(repository.record, { name: 'issues' })).runs).toEqual([]);
});
