import { expect, test } from 'vitest';
import type { ReuseSetting } from '../../src/config/config.ts';
import { CI_SH, Ci, DEFAULTS, type WatchedRepository } from '../support/ci.ts';
import type { FakeRunner } from '../support/fake-runner.ts';

const CI = '.github/workflows/ci.yml';
const file = (step: string) =>
  `name: CI\non: push\njobs: { build: { runs-on: ubuntu-latest, steps: [{ run: '${step}' }] } }\n`;

function startCi(reuse: ReuseSetting): Promise<Ci> {
  const config = { defaults: { ...DEFAULTS, reuse }, repositories: new Map(), classicRepository: null };
  return Ci.start({ config });
}

/** Tells of HEAD, and has it executed if it is to be. */
async function pushHead(ci: Ci, runner: FakeRunner, repository: WatchedRepository) {
  const [id = 0] = await ci.push(repository);
  if ((await ci.show(id)).run.status !== 'completed') {
    const lease = await runner.lease();
    await ci.started(runner, lease);
    ci.clock.advance(1_000);
    await runner.finished(lease, { completedAt: +ci.clock.now() });
  }
  return ci.completed(id);
}

test('a commit whose message was amended has the verdict of the one before', async () => {
  await using ci = await startCi('tree');
  await using repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  const first = await pushHead(ci, runner, repository);
  expect(first).toMatchObject({ conclusion: 'success', reusedFrom: null });
  await repository.git('commit', '-q', '--amend', '-m', 'better words');
  const second = await pushHead(ci, runner, repository);
  expect(second).toMatchObject({ conclusion: 'success', reusedFrom: { run: first.id, number: 1 } });
  await ci.testResults(second.sha, /verdict: {3}success \(reused from run 1, which tested the same tree\)/);
  await repository.commit('something else', { a: 'a' });
  expect((await pushHead(ci, runner, repository)).reusedFrom).toBeNull();
  await repository.git('revert', '--no-edit', 'HEAD');
  expect((await pushHead(ci, runner, repository)).reusedFrom).toMatchObject({ number: 1 });
});

test('it is off unless somebody wants it, and says what it would save', async () => {
  await using ci = await startCi('off');
  await using repository = await ci.repository(CI_SH);
  const runner = await ci.runner();
  await pushHead(ci, runner, repository);
  await repository.git('commit', '-q', '--amend', '-m', 'better words');
  expect((await pushHead(ci, runner, repository)).reusedFrom).toBeNull();
  const savings = (await ci.store.savings()).get(repository.record.id);
  expect(savings).toMatchObject({ runs: 0, wouldSaveRuns: 1 });
  expect(savings?.wouldSaveMs).toBeGreaterThan(0);
});

test.each<[string, ReuseSetting, string, boolean]>([
  ['a workflow file', 'tree', 'make', true],
  ['a workflow file that is named', { 'ci.yml': 'tree' }, 'make', true],
  ['one that is not named', { 'lint.yml': 'tree' }, 'make', false],
  ['one that reads the commit', 'tree', 'echo $GITHUB_SHA', false],
])('the verdict of %s (%j, %s) is taken over: %s', async (_, reuse, step, isReused) => {
  await using ci = await startCi(reuse);
  await using repository = await ci.repository({ [CI]: file(step) });
  const runner = await ci.runner();
  await pushHead(ci, runner, repository);
  await repository.git('commit', '-q', '--amend', '-m', 'better words');
  expect((await pushHead(ci, runner, repository)).reusedFrom !== null).toBe(isReused);
});

test('another workflow file, or another setting, is another verdict', async () => {
  await using ci = await startCi('tree');
  await using repository = await ci.repository({ [CI]: file('make'), a: 'a' });
  const runner = await ci.runner();
  await pushHead(ci, runner, repository);
  await repository.commit('other file', { [CI]: file('make all') });
  expect((await pushHead(ci, runner, repository)).reusedFrom).toBeNull();
  await repository.git('revert', '--no-edit', 'HEAD');
  const { id } = repository.record;
  await ci.store.vault.setVariable({ repository: id, environment: null }, 'UNREAD', '1', ci.clock.now());
  expect((await pushHead(ci, runner, repository)).reusedFrom).toMatchObject({ number: 1 });
});
