import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { builtProgram } from '../support/build.ts';
import { type Gate, openGate } from '../support/gate.ts';
import { testEnv } from '../support/program.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { type Signalbox, startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';
import { watch } from '../support/watching.ts';

/** A repository whose test says that it began, and ends when it is let. */
function gatedRepository(gate: Gate): Promise<TestRepository> {
  return createRepository({ 'ci.sh': `#!/bin/sh\necho begun\n${gate.shell}\necho ended\n` });
}

async function commitAndBegin(signalbox: Signalbox, repository: TestRepository, gate: Gate): Promise<string> {
  expect(await signalbox.cli('install-hook', repository.path)).toMatchObject({ exitCode: 0 });
  const sha = await repository.commit('second');
  await gate.entered();
  return sha;
}

test('a runner that is killed costs nothing but time: its job is executed again', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  const watching = await watch(signalbox.home, '--sha', sha);
  await watching.said(/local\/app#1/);
  const [pid = 0] = await signalbox.runnerPids();
  process.kill(pid, 'SIGKILL');
  await gate.entered();
  gate.open();
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ conclusion: 'success', jobs: [{ executions: 2 }] });
  expect((await signalbox.cli('show')).stdout).toMatch(
    /\n {6}! execution 1: runner \S+ was lost \(.+\); it was executed again\n/,
  );
  expect(await watching.ended).toBe(0);
  expect(watching.output()).toMatch(/! lost {2}local\/app#1 {2}job \S+: runner \S+ was lost in execution 1/);
});

test('when up is killed its runner finishes the job, and the next up has the verdict', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  signalbox.up.kill('SIGKILL');
  await signalbox.up.exited;
  gate.open();
  await signalbox.restart();
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ conclusion: 'success', jobs: [{ executions: 1 }] });
  expect((await signalbox.cli('logs')).stdout).toMatch(/begun\nended\n/);
});

test('the next up shows a runner that still has a job as busy', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  await commitAndBegin(signalbox, repository, gate);
  signalbox.up.kill('SIGKILL');
  await signalbox.restart();
  const runners = async () => JSON.parse((await signalbox.call('runners', '--json')).stdout).runners;
  await waitFor('the runner to be back', async () => (await runners()).length > 0);
  expect(await runners()).toMatchObject([{ name: 'local-1', state: 'busy', executions: [{ execution: 1 }] }]);
});

test('when the runner of an up that was killed has finished its job, another takes the next', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  await commitAndBegin(signalbox, repository, gate);
  const [orphan = 0] = await signalbox.runnerPids();
  signalbox.up.kill('SIGKILL');
  await signalbox.restart();
  expect(await signalbox.runnerPids()).toEqual([orphan]);
  const sha = await repository.commit('third');
  gate.open();
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success' });
  expect(await signalbox.runnerPids()).not.toContain(orphan);
});

test('a runner whose up is killed while it is being started leaves', async () => {
  await using dir = await tempDir();
  const { runner } = await builtProgram();
  const args = [runner, '--home', dir.path, '--name', 'local-1', '--log-level', 'silent'];
  const child = spawn(process.execPath, args, { env: testEnv(dir.path), stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  using _ = { [Symbol.dispose]: () => void child.kill('SIGKILL') };
  child.disconnect(); // long before its program is loaded
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('a commit that is made while nothing runs is tested by the next up', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  signalbox.up.kill('SIGKILL');
  await signalbox.up.exited;
  const sha = await repository.commit('made in silence');
  await signalbox.restart();
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success', number: 1 });
});

test('SIGTERM lets the running job finish, then up ends with exit code 0', async () => {
  await using gate = await openGate();
  await using repository = await gatedRepository(gate);
  await using signalbox = await startSignalbox();
  const sha = await commitAndBegin(signalbox, repository, gate);
  signalbox.up.kill('SIGTERM');
  gate.open();
  expect(await signalbox.up.exited).toEqual({ code: 0, signal: null });
  await access(join(signalbox.home, 'test_results', sha));
  expect((await signalbox.cli('runs')).stdout).toMatch(/^✓ passed {2}local\/\S+#1 /);
});

test('a drained runner is given nothing after it was killed, nor after up was, until it is resumed', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox();
  const states = async () =>
    JSON.parse((await signalbox.cli('runners', '--json')).stdout).runners.map(
      ({ name, state, connected_at: at }: { name: string; state: string; connected_at: string | null }) =>
        `${name} ${at === null ? 'away' : state}`,
    );
  await waitFor('the runner to be there', async () => (await states()).includes('local-1 idle'));
  expect(await signalbox.cli('runners', 'drain', 'local-1')).toMatchObject({ exitCode: 0 });
  const [pid = 0] = await signalbox.runnerPids();
  process.kill(pid, 'SIGKILL');
  await waitFor('the runner to be back', async () => (await signalbox.runnerPids()).some((one) => one !== pid));
  await waitFor('it to be drained', async () => (await states()).includes('local-1 drained'));
  signalbox.up.kill('SIGKILL');
  await signalbox.up.exited;
  await signalbox.restart();
  await waitFor('it to be drained still', async () => (await states()).includes('local-1 drained'));
  await signalbox.cli('install-hook', repository.path);
  const sha = await repository.commit('second');
  await waitFor('the job to wait', async () =>
    (await signalbox.cli('queue')).stdout.includes('signalbox runners resume local-1'),
  );
  expect(await signalbox.cli('runners', 'resume', 'local-1')).toMatchObject({ exitCode: 0 });
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success' });
});
