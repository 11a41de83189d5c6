import { expect, test } from 'vitest';
import type { InstallPlan } from '../../src/model/plan.ts';
import { type LeaseWishes, shell } from '../support/fake-dispatcher.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { startRunner } from '../support/runner.ts';

const install: InstallPlan = {
  step: shell('mkdir -p node_modules/left; cat lock > node_modules/left/pad; echo installed', 'npm ci'),
  keyFiles: ['lock', 'package.json'],
  toolVersions: [['sh', '-c', 'echo 1']],
  directories: ['node_modules'],
};

async function at(repository: TestRepository, files: Record<string, string>): Promise<LeaseWishes['commit'] & {}> {
  const sha = await repository.commit('next', files);
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  return { sha, tree, objects: [`${repository.path}/.git/objects`] };
}

const use = shell('cat node_modules/left/pad; echo "poisoned" > node_modules/left/pad');

test('the second commit does not install again, and a test that changes what was installed harms nobody', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const logs: string[] = [];
  for (const round of ['a', 'b', 'c', 'd']) {
    const commit = await at(repository, { round });
    const { result, log } = await one.dispatcher.run({ commit, spec: { install, steps: [use] } });
    expect(result.conclusion).toBe('success');
    logs.push(log);
  }
  expect(logs[0]).toContain('\ninstalled\n');
  for (const log of logs) expect(log).toContain('\nversion 1');
  for (const log of logs.slice(1)) {
    expect(log).not.toContain('\ninstalled\n');
    expect(log).toMatch(/\[signalbox\] node_modules put in place from a snapshot in .*: npm ci was not needed\n/);
  }
});

test('another lock file is installed anew, and the older one still has its snapshot', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const logs: string[] = [];
  for (const lock of ['version 1', 'version 2', 'version 1', 'version 2']) {
    const commit = await at(repository, { lock });
    logs.push((await one.dispatcher.run({ commit, spec: { install, steps: [use] } })).log);
  }
  expect(logs.map((log) => log.includes('\ninstalled\n'))).toEqual([true, true, false, false]);
  expect(logs.map((log) => /\n(version \d)/.exec(log)?.[1])).toEqual([
    'version 1',
    'version 2',
    'version 1',
    'version 2',
  ]);
});

test('an install that fails is not kept, and is what failed', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const failing = { ...install, step: shell('mkdir node_modules; exit 9', 'npm ci') };
  for (const round of ['a', 'b']) {
    const commit = await at(repository, { round });
    const { result } = await one.dispatcher.run({ commit, spec: { install: failing, steps: [use] } });
    expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 9 } });
    expect(result.steps.map((step) => step.conclusion)).toEqual(['failure', 'skipped']);
  }
});

test('runners that share a folder share what was installed', async () => {
  await using repository = await createRepository({ lock: 'version 1' });
  await using one = await startRunner();
  const shared = one.home;
  const commit = await at(repository, { round: 'a' });
  await one.dispatcher.run({ commit, spec: { install, steps: [use] } });
  await one.runner.stop(); // its snapshot is in place by now
  await using two = await startRunner({ name: 'two', shared });
  const { log } = await two.dispatcher.run({ commit, spec: { install, steps: [use] } });
  expect(log).toContain('put in place from a snapshot');
  expect(log).toContain('\nversion 1');
});

test('steps that belong to an install are executed after a snapshot was put in place', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const plan = { ...install, afterRestore: [shell('echo prepared', 'npm run prepare')] };
  const logs: string[] = [];
  for (const round of ['a', 'b']) {
    const commit = await at(repository, { round });
    logs.push((await one.dispatcher.run({ commit, spec: { install: plan, steps: [use] } })).log);
  }
  expect(logs.map((log) => log.includes('\nprepared\n'))).toEqual([false, true]);
});
