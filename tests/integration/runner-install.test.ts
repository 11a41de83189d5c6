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

test('an install that does not reach its registry is no failure of the commit', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const says = 'npm error code ECONNREFUSED\nnpm error FetchError: connect ECONNREFUSED 127.0.0.1:1';
  const failing = { ...install, step: shell(`echo '${says}' >&2; exit 1`, 'npm ci') };
  const commit = await at(repository, { round: 'a' });
  const { result } = await one.dispatcher.run({ commit, spec: { install: failing, steps: [use] } });
  expect(result).toMatchObject({
    conclusion: 'error',
    reason: expect.stringMatching(/^npm ci: a server that dependencies come from .*ECONNREFUSED/),
  });
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

test('what a job left as it was serves the next one, without another copy', async () => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const look = shell('cat node_modules/left/pad; stat -c "number %i" node_modules/left/pad');
  const numbers: (string | undefined)[] = [];
  for (const round of ['a', 'b', 'c']) {
    const commit = await at(repository, { round });
    const { log } = await one.dispatcher.run({ commit, spec: { install, steps: [look] } });
    expect(log).toContain('\nversion 1');
    numbers.push(/number (\d+)/.exec(log)?.[1]);
  }
  expect(new Set(numbers).size).toBe(1);
});

test.each([
  [
    'a file that is changed and made to look as before',
    'cp -p $F /tmp/$$; echo "version x" > $F; touch -r /tmp/$$ $F; rm /tmp/$$',
  ],
  ['a file that is added', 'echo more > node_modules/left/more'],
  ['a file that is removed', 'rm $F'],
  ['a file that is replaced by another', 'echo "version 1" > node_modules/x; mv node_modules/x $F'],
  ['a file that is linked from elsewhere', 'ln $F "$TMPDIR/keep"'],
  ['a mode that is changed', 'chmod 777 node_modules/left'],
  ['a folder that is gone', 'rm -r node_modules'],
])('%s is not given to the next job', async (_, script) => {
  await using one = await startRunner();
  await using repository = await createRepository({ lock: 'version 1' });
  const look = shell(
    'cat node_modules/left/pad; ls -l node_modules node_modules/left; stat -c "began %i %z" node_modules/left/pad',
  );
  // with the time of its last change: the number of a file that is gone is soon another one's
  const end = shell('stat -c "ended %i %z" node_modules/left/pad || true');
  let ended: string | undefined;
  for (const round of ['a', 'b']) {
    const commit = await at(repository, { round });
    const steps = [look, shell(`F=node_modules/left/pad; ${script}`), end];
    const { log } = await one.dispatcher.run({ commit, spec: { install, steps } });
    expect(log).toMatch(/\nversion 1/);
    expect(/\nbegan (.+)/.exec(log)?.[1]).not.toBe(ended ?? 'nothing');
    ended = /\nended (.+)/.exec(log)?.[1];
  }
});
