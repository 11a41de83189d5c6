import { expect, test } from 'vitest';
import { shell } from '../support/fake-dispatcher.ts';
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
