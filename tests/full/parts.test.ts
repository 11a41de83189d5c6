import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Api } from '../../src/protocol/api.ts';
import { openGate } from '../support/gate.ts';
import { killProcessesOf, programArgs, runCommand, startServer, testEnv } from '../support/program.ts';
import { createRepository } from '../support/repository.ts';
import { waitForRun } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';

/** A home on which each part is started by itself. */
async function emptyHome() {
  const dir = await tempDir('signalbox-home-');
  const program = await programArgs();
  const env = testEnv(join(dir.path, 'home'));
  return {
    folder: dir.path,
    home: join(dir.path, 'home'),
    cli: (...args: string[]) => runCommand(program, args, env),
    dispatcher: () => startServer(program, ['dispatcher', '--http', '0', '--dispatcher', '0'], env),
    observer: () => startServer(program, ['observer', '--http', '0'], env),
    /** Without the home of the others, as on another machine. */
    runner: (dispatcher: string, ...args: string[]) => {
      const token = ['--token-file', join(dir.path, 'home', 'token')];
      const own = { ...env, SIGNALBOX_HOME: join(dir.path, 'elsewhere') };
      return startServer(
        program,
        ['runner', '--dispatcher', dispatcher, ...token, ...args],
        own,
        /connected to the dispatcher/,
      );
    },
    async [Symbol.asyncDispose]() {
      await killProcessesOf(dir.path);
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** May folders be hidden from a process? Root may; others may where the kernel gives them namespaces. */
function canHide(): boolean {
  return spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
}

test('observer, dispatcher and a runner with a home of its own work as processes of their own', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using here = await emptyHome();
  const dispatcher = await here.dispatcher();
  const observer = await here.observer();
  const runner = await here.runner(dispatcher.dispatcher, '--name', 'far', '--labels', 'big,blue', '--slots', '3');
  await here.cli('install-hook', repository.path);
  expect(await readFile(join(repository.path, '.git/signalbox/url'), 'utf8')).toBe(`${observer.url}/webhooks\n`);
  const sha = await repository.commit('second');
  expect(await waitForRun(new Api(dispatcher.url, '-'), sha)).toMatchObject({
    conclusion: 'success',
    sources: expect.arrayContaining(['hook']),
    jobs: [{ runner: 'far' }],
  });
  expect((await here.cli('runners')).stdout).toMatch(/^far {2}idle {2}0\/3 {2}self-hosted,\S*,big,blue /);
  expect((await here.cli('deliveries')).stdout).toContain('push by hook');
  for (const part of [runner, observer, dispatcher]) {
    part.kill('SIGTERM');
    expect(await part.exited).toEqual({ code: 0, signal: null });
  }
});

test('a runner that sees nothing of the server has its commits from the dispatcher', async ({ skip }) => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\ncat file\n', file: '1\n' });
  await using here = await emptyHome();
  const hidden = [repository.path, here.home];
  if (!canHide()) skip('this user may not mount anything, in a namespace neither');
  const dispatcher = await here.dispatcher();
  await here.observer();
  await here.cli('install-hook', repository.path);
  await copyFile(join(here.home, 'token'), join(here.folder, 'token'));
  const script = `${hidden.map((path) => `mount -t tmpfs none '${path}'`).join(' && ')} && exec "$@"`;
  const env = { ...testEnv(join(here.folder, 'elsewhere')), SIGNALBOX_DISPATCHER: dispatcher.dispatcher };
  const command = [process.execPath, ...(await programArgs()), 'runner'];
  const options = ['--token-file', join(here.folder, 'token'), '--name', 'far'];
  const runner = spawn('unshare', ['-rm', 'sh', '-c', script, 'sh', ...command, ...options], { env, stdio: 'ignore' });
  try {
    for (const text of ['2', '3']) {
      const sha = await repository.commit(text, { file: `${text}\n` });
      const run = await waitForRun(new Api(dispatcher.url, '-'), sha);
      expect(run).toMatchObject({ conclusion: 'success', jobs: [{ runner: 'far', executions: 1 }] });
      expect((await here.cli('logs')).stdout).toContain(`\n${text}\n`);
    }
  } finally {
    runner.kill('SIGTERM');
    await once(runner, 'exit');
  }
});

test('what the observer takes while the dispatcher is killed is tested when there is one again', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using here = await emptyHome();
  const first = await here.dispatcher();
  await here.observer();
  await here.cli('install-hook', repository.path);
  const before = await repository.commit('before');
  const token = await readFile(join(here.home, 'token'), 'utf8');
  first.kill('SIGKILL');
  await first.exited;
  const sha = await repository.commit('while it was down');
  const second = await here.dispatcher();
  await here.runner(second.dispatcher, '--name', 'far');
  const api = new Api(second.url, token.trim());
  expect(await waitForRun(api, before)).toMatchObject({ number: 1, conclusion: 'success' });
  expect(await waitForRun(api, sha)).toMatchObject({ number: 2, conclusion: 'success' });
});

test('a job goes on while the dispatcher is killed and another one started, and its result counts', async () => {
  await using gate = await openGate();
  await using repository = await createRepository({ 'ci.sh': `#!/bin/sh\n${gate.shell}\n` });
  await using here = await emptyHome();
  const first = await here.dispatcher();
  await here.observer();
  await here.runner(first.dispatcher, '--name', 'far');
  await here.cli('install-hook', repository.path);
  const sha = await repository.commit('second');
  await gate.entered();
  first.kill('SIGKILL');
  await first.exited;
  const second = await startServer(
    await programArgs(),
    ['dispatcher', '--http', '0', '--dispatcher', first.dispatcher],
    testEnv(here.home),
  );
  gate.open();
  expect(await waitForRun(new Api(second.url, '-'), sha)).toMatchObject({
    conclusion: 'success',
    jobs: [{ executions: 1 }],
  });
});

test('a runner with --once leaves after one job', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using here = await emptyHome();
  const dispatcher = await here.dispatcher();
  await here.observer();
  const runner = await here.runner(dispatcher.dispatcher, '--name', 'once', '--once');
  await here.cli('install-hook', repository.path);
  await repository.commit('second');
  expect(await runner.exited).toEqual({ code: 0, signal: null });
  expect((await here.cli('runs')).stdout).toMatch(/^✓ passed/);
});

test('a runner without a token, or with a name that is in use, is told what to do', async () => {
  await using here = await emptyHome();
  const lonely = await here.cli('runner', '--dispatcher', '127.0.0.1:1');
  expect(lonely).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^signalbox: there is no token in \S+; copy/),
  });
  const dispatcher = await here.dispatcher();
  await here.runner(dispatcher.dispatcher, '--name', 'same');
  const env = { ...testEnv(join(here.folder, 'elsewhere')) };
  const token = ['--token-file', join(here.home, 'token')];
  const args = ['runner', '--dispatcher', dispatcher.dispatcher, ...token, '--name', 'same'];
  expect(await runCommand(await programArgs(), args, env)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('signalbox: a runner named same runs on the home'),
  });
});
