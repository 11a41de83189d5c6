import { expect, test } from 'vitest';
import { Ci, type WatchedRepository } from '../support/ci.ts';
import type { FakeRunner } from '../support/fake-runner.ts';
import { waitFor } from '../support/wait-for.ts';

const JOBS = 'jobs: { build: { runs-on: ubuntu-latest, steps: [{ run: make }] } }';
const file = (name: string) => `.github/workflows/${name.toLowerCase()}.yml`;
const after = (name: string, follows: string, more = '') =>
  `name: ${name}\non: { workflow_run: { workflows: [${follows}]${more} } }\n${JOBS}`;
const COMPLETED = ', types: [completed]';

/** The files of the default branch are known, so that what follows is noticed. */
async function watched(ci: Ci, files: Readonly<Record<string, string>>): Promise<WatchedRepository> {
  const repository = await ci.repository(files);
  await ci.happened('repository.added');
  await waitFor('the default branch', () => ci.dispatcher.defaultBranchOf(repository.record.id) !== undefined);
  return repository;
}

async function execute(ci: Ci, runner: FakeRunner, conclusion: 'success' | 'failure' = 'success') {
  const lease = await runner.lease();
  await ci.started(runner, lease);
  await runner.finished(lease, { conclusion });
  return lease;
}

test('a workflow that names another one follows it, from the default branch', async () => {
  await using ci = await Ci.start();
  await using repository = await watched(ci, {
    [file('CI')]: `name: CI\non: push\n${JOBS}`,
    [file('Deploy')]: after('Deploy', 'CI', `${COMPLETED}, branches: [topic]`),
  });
  const main = await repository.git('rev-parse', 'HEAD');
  await repository.git('checkout', '-q', '-b', 'topic');
  const sha = await repository.commit('topic', { [file('Deploy')]: 'broken: true' });
  const runner = await ci.runner();
  await ci.dispatch(repository.record, [sha], { ref: 'refs/heads/topic' });
  await execute(ci, runner, 'failure');
  const { contexts, sha: at } = await runner.lease();
  expect(at).toBe(main);
  expect(contexts?.github).toMatchObject({
    ...{ event_name: 'workflow_run', ref: 'refs/heads/main', workflow: 'Deploy', actor: 'Ada' },
    event: {
      action: 'completed',
      workflow: { name: 'CI', path: file('CI') },
      workflow_run: {
        ...{ name: 'CI', head_branch: 'topic', head_sha: sha, conclusion: 'failure', event: 'push', run_attempt: 1 },
      },
    },
  });
});

test('each attempt is followed once, also over a restart; what is skipped by a filter is not followed', async () => {
  await using ci = await Ci.start();
  await using repository = await watched(ci, {
    [file('CI')]: `name: CI\non: { push: { branches: [main] } }\n${JOBS}`,
    [file('Deploy')]: after('Deploy', 'CI', COMPLETED),
  });
  const runner = await ci.runner();
  const [run = 0] = await ci.push(repository);
  const sha = await repository.git('rev-parse', 'HEAD');
  await ci.dispatch(repository.record, [sha], { ref: 'refs/heads/other' });
  await execute(ci, runner);
  await execute(ci, runner);
  await ci.restart();
  const again = await ci.runner();
  await ci.store.rerun(run, { failedOnly: false }, ci.clock.now());
  await waitFor('the default branch', () => ci.dispatcher.defaultBranchOf(repository.record.id) !== undefined);
  await execute(ci, again);
  await execute(ci, again);
  const followers = (await ci.store.runs({})).filter(({ workflow }) => workflow === 'Deploy');
  expect(followers.map(({ occurrence }) => occurrence)).toEqual([`${run}/2/completed/1`, `${run}/1/completed/1`]);
});

test('workflows that follow each other without end stop after three', async () => {
  await using ci = await Ci.start();
  await using repository = await watched(ci, {
    [file('CI')]: `name: CI\non: push\n${JOBS}`,
    [file('Ping')]: after('Ping', 'CI, Pong', COMPLETED),
    [file('Pong')]: after('Pong', 'Ping', COMPLETED),
  });
  const runner = await ci.runner();
  await ci.push(repository);
  for (let at = 0; at < 4; at++) await execute(ci, runner);
  await ci.restart(); // everything that follows has been done
  const names = (await ci.store.runs({})).map(({ workflow }) => workflow);
  expect(names).toEqual(['Ping', 'Pong', 'Ping', 'CI']);
});

test('what is asked for and what runs is followed where a workflow wants to know', async () => {
  await using ci = await Ci.start();
  await using repository = await watched(ci, {
    [file('CI')]: `name: CI\non: push\n${JOBS}`,
    [file('Early')]: after('Early', 'CI', ', types: [requested]'),
  });
  await ci.push(repository);
  await waitFor('the one that follows', async () => (await ci.store.runs({})).length === 2);
  expect((await ci.store.runs({}))[0]).toMatchObject({
    workflow: 'Early',
    event: 'workflow_run',
    trigger: 'workflow_run',
  });
});
