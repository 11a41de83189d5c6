import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { programArgs, runCommand, testEnv } from '../support/program.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { watch } from '../support/watching.ts';

test('up says where it is, also to those who look into the home, and takes that back at its end', async () => {
  await using signalbox = await startSignalbox();
  expect(signalbox.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(signalbox.dispatcher).toMatch(/^127\.0\.0\.1:\d+$/);
  const address = JSON.parse(await readFile(join(signalbox.home, 'address.json'), 'utf8'));
  expect(address).toEqual({ http: signalbox.url, dispatcher: signalbox.dispatcher, pid: signalbox.up.pid });
  expect((await fetch(`${signalbox.url}/readyz`)).status).toBe(200);
  for (const secret of ['token', 'signalbox.db', 'observer.db'])
    expect((await stat(join(signalbox.home, secret))).mode & 0o077).toBe(0);
  signalbox.up.kill('SIGTERM');
  expect(await signalbox.up.exited).toEqual({ code: 0, signal: null });
  await expect(access(join(signalbox.home, 'address.json'))).rejects.toThrow();
  expect(await signalbox.runnerPids()).toEqual([]);
});

test('up --json tells its addresses as JSON', async () => {
  await using dir = await tempDir();
  const program = await programArgs();
  const args = ['up', '--json', '--http', '0', '--dispatcher', '0', '--runners', '0', '--no-sample'];
  const child = spawn(process.execPath, [...program, ...args], { env: testEnv(join(dir.path, 'home')), stdio: 'pipe' });
  child.stderr.resume();
  const [line] = await once(child.stdout, 'data');
  child.kill('SIGTERM');
  await once(child, 'exit');
  expect(JSON.parse(String(line))).toEqual({
    msg: 'ready',
    http: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    dispatcher: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
  });
});

test('without any repository, up makes the sample and shows its red and its green', async () => {
  await using signalbox = await startSignalbox({ hasSample: true });
  await signalbox.up.line(/^✗ failed {2}local\/test_repo#1/);
  await signalbox.up.line(/\.\.\. ok$/);
  await signalbox.up.line(/\.\.\. FAIL$/);
  await signalbox.up.line(/look at it +http:\/\/127\.0\.0\.1:\d+\/runs\/1$/);
  await signalbox.up.line(/make it green +cd \S*test_repo && sed .* && git commit/);
  await signalbox.up.line(/your own next +signalbox install-hook/);
});

test('a commit in a repository with the hook gets its verdict, on the terminal, in the API and in a file', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\necho hello from $0\n' });
  await using signalbox = await startSignalbox();
  const installed = await signalbox.cli('install-hook', repository.path);
  expect(installed).toMatchObject({ exitCode: 0, stderr: '' });
  const sha = await repository.commit('second');
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ number: 1, repository: 'local/app', conclusion: 'success', title: 'second' });
  expect((await signalbox.cli('runs')).stdout).toMatch(
    /^✓ passed {2}local\/app#1 {2}tests {2}main {2}\S+ .* second\n$/,
  );
  expect((await signalbox.cli('logs')).stdout).toContain('hello from ');
  expect((await signalbox.cli('show', sha.slice(0, 8))).stdout).toMatch(/^✓ passed {2}local\/app#1/);
  expect((await signalbox.cli('watch', '--sha', sha)).exitCode).toBe(0);
  expect(await readFile(join(signalbox.home, 'test_results', sha), 'utf8')).toContain('hello from ');
});

test.each([
  ['all addresses', '0.0.0.0', '127.0.0.1'],
  ['another address than the usual one', '127.0.0.2', '127.0.0.2'],
])('a server that listens on %s is reached by its hook, its commands and its reporter', async (_, host, reached) => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 0\n' });
  await using signalbox = await startSignalbox({ args: ['--http', `${host}:0`] });
  expect(signalbox.url).toMatch(new RegExp(`^http://${reached}:`));
  await signalbox.up.line(/following the events of the server/);
  await signalbox.call('install-hook', repository.path);
  const url = (await readFile(join(repository.path, '.git/signalbox/url'), 'utf8')).trim();
  expect((await fetch(url, { method: 'POST' })).status).toBe(415); // no delivery; 421 would be: not our name
  await signalbox.waitForRun(await repository.commit('second'));
  expect(await signalbox.call('runs')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('local/app#1') });
});

test('watch ends with exit code 1 when the tests say no', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 7\n' });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  const sha = await repository.git('commit-tree', '-p', 'HEAD', '-m', 'second', 'HEAD^{tree}');
  const watching = await watch(signalbox.home, '--sha', sha);
  await watching.said(new RegExp(`no run of commit ${sha.slice(0, 7)}.* in any watched repository yet; waiting`));
  await repository.git('reset', '--quiet', '--hard', sha);
  expect(await watching.ended).toBe(1);
  expect(watching.output()).toMatch(/✗ failed {2}local\/app#1/);
});

test('a second up on the same home is refused in one line that says what to do', async () => {
  await using signalbox = await startSignalbox();
  const { stdout, stderr, exitCode } = await signalbox.cli('up', '--http', '0', '--dispatcher', '0');
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(
    /^signalbox: another Signalbox runs on the home \S+ already \(http:\S+\); use that one[^\n]*\n$/,
  );
});

test.each([
  ['--http', 'SIGNALBOX_HTTP'],
  ['--dispatcher', 'SIGNALBOX_DISPATCHER'],
])('a port in use names itself, %s and %s', async (flag, variable) => {
  await using dir = await tempDir();
  const program = await programArgs();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const args = { '--http': '0', '--dispatcher': '0', [flag]: String(port) };
  const result = await runCommand(program, ['up', ...Object.entries(args).flat()], testEnv(join(dir.path, 'home')));
  taken.close();
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toContain(`signalbox: port ${port} of 127.0.0.1 is in use by another program`);
  expect(result.stderr).toContain(`${flag} HOST:PORT or ${variable} (port 0: any free one)`);
});

test('a mistake in the configuration stops up before anything is started', async () => {
  await using dir = await tempDir();
  const program = await programArgs();
  const file = join(dir.path, 'ci.yml');
  await writeFile(file, 'runners: 2\ndefaults:\n  polcy: each\n');
  const home = join(dir.path, 'home');
  const result = await runCommand(program, ['up', '--config', file], testEnv(home));
  expect(result).toMatchObject({ exitCode: 2, stdout: '' });
  expect(result.stderr).toMatch(/^signalbox: \S+ci\.yml:3:3: unknown key "polcy" in defaults; did you mean "policy"\?/);
  await expect(access(home)).rejects.toThrow();
});

test('up goes on when whoever started it reads no further than its ready', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox({ hasSample: true });
  signalbox.up.stopReading(); // the verdict of the sample is still to be printed
  await signalbox.cli('install-hook', repository.path);
  const sha = await repository.commit('second');
  expect(await signalbox.waitForRun(sha)).toMatchObject({ conclusion: 'success' });
});

test('a repository that the configuration names is watched from the start, with its own settings', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using dir = await tempDir();
  const file = join(dir.path, 'ci.yml');
  await writeFile(file, `repositories: { acme/app: { source: ${repository.path}, dir: services/api } }\n`);
  await using signalbox = await startSignalbox({ args: ['--config', file, '--poll', '0.2'] });
  const { stdout } = await signalbox.cli('watch', '--sha', await addedThenCommitted());
  expect(stdout).toContain('acme/app#1');

  /** The commit must come after the repository was added, or it belongs to what was there before. */
  async function addedThenCommitted(): Promise<string> {
    const api = await signalbox.api();
    for await (const { data } of api.events('/api/events?after=0', null)) if (data.includes('repository.added')) break;
    return repository.commit('tested', { 'services/api/ci.sh': '#!/bin/sh\n', 'ci.sh': '#!/bin/sh\nexit 1\n' });
  }
});
