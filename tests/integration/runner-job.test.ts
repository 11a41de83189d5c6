import { expect, test } from 'vitest';
import type { JobWorkspace } from '../../src/runner/workspaces.ts';
import { deferred } from '../../src/support/deferred.ts';
import { shell } from '../support/fake-dispatcher.ts';
import { createRepository } from '../support/repository.ts';
import { startRunner } from '../support/runner.ts';

test('a job that succeeds says so, and its log tells what was done', async () => {
  await using one = await startRunner();
  const { result, log } = await one.dispatcher.run({ spec: { found: 'found it', steps: [shell('echo hello')] } });
  expect(result).toMatchObject({ conclusion: 'success', exit: { status: 0 }, reason: null, leftovers: [] });
  expect(log).toMatch(/^found it\n\$ sh -c 'echo hello'\nhello\n\[signalbox\] exit code 0 after \d+ ms\n$/);
  expect(result.logBytes).toBe(log.length);
  expect(result.steps).toMatchObject([{ index: 0, name: 'test', conclusion: 'success', exit: { status: 0 } }]);
});

test('a step that fails ends the job with its exit code, and the rest is skipped', async () => {
  await using one = await startRunner();
  const { result, log } = await one.dispatcher.run({ spec: { steps: [shell('exit 3'), shell('echo never')] } });
  expect(result).toMatchObject({ conclusion: 'failure', exit: { status: 3 } });
  expect(result.steps.map((step) => step.conclusion)).toEqual(['failure', 'skipped']);
  expect(log).not.toContain('never');
});

test('a job that is cancelled while its commit is fetched does not wait for that', async () => {
  const fetched = deferred<{ readonly path: string }>();
  const slow: JobWorkspace = {
    prepare: () => fetched.promise,
    prepareEmpty: () => fetched.promise,
    afterJob: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  await using one = await startRunner({ openWorkspace: () => slow });
  const key = one.dispatcher.lease();
  await one.dispatcher.until('the first line', () => one.dispatcher.log(key).includes('a test\n'));
  one.dispatcher.say({ type: 'cancel', ...key, why: 'enough' });
  expect(await one.dispatcher.result(key)).toMatchObject({ conclusion: 'cancelled', startedAt: null });
  fetched.resolve({ path: '/' });
});

test('a job that does not care for its end is ended at once when that is asked for again', async () => {
  await using one = await startRunner({ limits: { graceMs: 600_000 } });
  const key = one.dispatcher.lease({ spec: { steps: [shell("trap '' TERM; echo up; sleep 300")] } });
  await one.dispatcher.until('the first line', () => one.dispatcher.log(key).includes('\nup\n'));
  one.dispatcher.say({ type: 'cancel', ...key, why: 'enough' });
  one.dispatcher.say({ type: 'cancel', ...key, why: 'now', force: true });
  expect(await one.dispatcher.result(key)).toMatchObject({ conclusion: 'cancelled', reason: 'cancelled: enough' });
});

test('a commit is checked out, and the next one in its place', async () => {
  await using repository = await createRepository({ 'say.sh': '#!/bin/sh\necho first' });
  await using one = await startRunner();
  const commit = async () => ({
    sha: await repository.git('rev-parse', 'HEAD'),
    tree: await repository.git('rev-parse', 'HEAD^{tree}'),
    objects: [`${repository.path}/.git/objects`],
  });
  const steps = [{ name: 'say', command: ['./say.sh'] as [string] }, shell('git rev-parse HEAD; ls -A; touch left')];
  const first = await one.dispatcher.run({ commit: await commit(), spec: { steps } });
  expect(first.log).toContain('\nfirst\n');
  await repository.commit('second', { 'say.sh': '#!/bin/sh\necho second' });
  const second = await one.dispatcher.run({ commit: await commit(), spec: { steps } });
  expect(second.result.conclusion).toBe('success');
  expect(second.log).toContain('\nsecond\n');
  expect(second.log).toContain(await repository.git('rev-parse', 'HEAD'));
  expect(second.log).not.toContain('\nleft\n');
});
