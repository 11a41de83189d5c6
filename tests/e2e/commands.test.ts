import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callCommand, programArgs, runCommand, testEnv } from '../support/program.ts';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

/** `signalbox ARGS`, in this process, on a home of its own on which no server runs. */
async function offline() {
  const dir = await tempDir('signalbox-home-');
  const env = testEnv(join(dir.path, 'home'));
  return {
    home: join(dir.path, 'home'),
    folder: dir.path,
    cli: (...args: string[]) => callCommand(args, env),
    /** Typed in a folder, by someone who has set nothing. */
    cliIn: (cwd: string, ...args: string[]) => {
      const { SIGNALBOX_HOME: _, ...rest } = env;
      return callCommand(args, { ...rest, XDG_STATE_HOME: join(dir.path, 'state') }, cwd);
    },
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

test('repositories are added, listed and removed while no server runs', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  const added = await here.cli('add', repository.path, '--json');
  expect(added).toMatchObject({ exitCode: 0, stderr: '' });
  expect(JSON.parse(added.stdout)).toMatchObject({
    name: 'local/app',
    sources: [repository.path],
    secret: expect.stringMatching(/^\S{32,}$/),
    webhook_url: 'http://127.0.0.1:8080/webhooks',
  });
  expect((await here.cli('repos')).stdout).toBe(`local/app  ${repository.path}\n`);
  expect(await here.cli('runs')).toEqual({ stdout: '', stderr: 'no runs\n', exitCode: 0 });
  expect(await here.cli('remove', repository.path)).toMatchObject({ exitCode: 0 });
  expect(await here.cli('repos')).toMatchObject({ stdout: '', exitCode: 0 });
});

test('of a bare repository, in which nobody commits, pushes are told', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  const bare = join(here.folder, 'bare.git');
  await repository.git('clone', '--quiet', '--bare', '.', bare);
  expect((await here.cli('install-hook', bare)).stdout).toContain('local/bare: each push into it is told to http://');
});

test('install-hook does not say that commits are told in a work tree with a core.hooksPath of its own', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  await repository.git('config', 'extensions.worktreeConfig', 'true');
  await repository.git('config', '--worktree', 'core.hooksPath', here.folder);
  const { stdout, exitCode } = await here.cli('install-hook', repository.path);
  expect(stdout).toMatch(
    /\n! local\/app: this work tree has a core\.hooksPath of its own, [^\n]+ found by watching\n$/,
  );
  expect(exitCode).toBe(0);
});

test('a secret can be brought along, and is never made up for the second time', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  await writeFile(join(here.folder, 'secret'), 'brought-along-0123456789\n');
  await here.cli('add', repository.path, '--name', 'acme/app', '--secret-file', join(here.folder, 'secret'));
  const again = JSON.parse((await here.cli('add', repository.path, '--json')).stdout);
  expect(again).toMatchObject({ name: 'acme/app', secret: 'brought-along-0123456789' });
});

test('of several paths those that can be are added, the others are told, and the exit code says so', async () => {
  await using one = await createRepository({ a: 'a' });
  await using two = await createRepository({ b: 'b' });
  await using here = await offline();
  await mkdir(join(here.folder, 'empty'));
  const result = await here.cli('add', one.path, join(here.folder, 'empty'), two.path);
  expect(result.exitCode).toBe(2);
  expect(result.stderr).toMatch(/^signalbox: \S+empty: [^\n]+\n$/);
  expect((await here.cli('repos')).stdout.trim().split('\n')).toHaveLength(2);
});

test('a command typed inside a repository with the hook finds its home; uninstall-hook puts everything back', async () => {
  await using repository = await createRepository({ 'sub/a': 'a' });
  await using here = await offline();
  const before = await readFile(join(repository.path, '.git', 'config'), 'utf8');
  const elsewhere = await here.cliIn(repository.path, 'repos');
  expect(elsewhere).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(join(here.folder, 'state')) });
  const installed = await here.cli('install-hook', repository.path);
  expect(installed).toMatchObject({
    exitCode: 0,
    stderr: '',
    stdout: expect.stringContaining('as soon as a server runs'),
  });
  expect((await here.cliIn(join(repository.path, 'sub'), 'repos')).stdout).toBe(`local/app  ${repository.path}\n`);
  expect(await here.cliIn(repository.path, 'uninstall-hook', '.')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await readFile(join(repository.path, '.git', 'config'), 'utf8')).toBe(before);
  expect((await here.cli('repos')).stdout).toBe('');
});

test('uninstall-hook of a folder that was deleted stops watching what was there', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  await here.cli('install-hook', repository.path);
  await here.cli('variables', 'set', 'REGION', 'there', '--repository', 'app');
  await rm(repository.path, { recursive: true });
  const kept = await here.cli('uninstall-hook', '--keep', repository.path);
  expect(kept).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('there is no such folder') });
  expect(await here.cli('uninstall-hook', repository.path)).toMatchObject({
    exitCode: 0,
    stdout: 'local/app is not watched any more; its runs are kept; 1 variable of it was deleted\n',
    stderr: `no hook of Signalbox is installed in ${repository.path}/.git\n`,
  });
  expect((await here.cli('repos')).stdout).toBe('');
});

test('a file where the folder of the hooks has to be, and a folder in the place of a hook, are told in one line', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  await rm(join(repository.path, '.git', 'hooks'), { recursive: true });
  await writeFile(join(repository.path, '.git', 'hooks'), '');
  const place = join(repository.path, '.git', 'hooks');
  const file = await here.cli('install-hook', repository.path);
  expect(file.stderr).toMatch(
    /^signalbox: the hooks of .* cannot be changed, because of .*: a file stands where .*\n$/,
  );
  expect(file.stderr).toContain(`because of ${place}: `);
  await rm(place);
  await mkdir(join(place, 'post-commit'), { recursive: true });
  const folder = await here.cli('install-hook', repository.path);
  expect(folder.stderr).toContain(`because of ${place}/post-commit: a folder stands where there has to be a file`);
  expect([file.exitCode, folder.exitCode]).toEqual([3, 3]);
});

test('a hook that goes over to another home says where it was, and how to put it back', async () => {
  await using repository = await createRepository({ a: 'a' });
  await using here = await offline();
  await here.cli('install-hook', repository.path);
  const other = join(here.folder, 'other');
  const { stderr, exitCode } = await here.cli('install-hook', '--home', other, repository.path);
  expect(exitCode).toBe(0);
  expect(stderr).toBe(
    `until now the hook told the server of the home ${here.home}; back there: signalbox install-hook --home ${here.home} ${repository.path}\n`,
  );
});

test('a path that holds no repository is told in one line, with exit code 2', async () => {
  await using here = await offline();
  const { stdout, stderr, exitCode } = await here.cli('install-hook', here.folder);
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
  expect(stderr).toMatch(/^signalbox: [^\n]+\n$/);
});

test('what is shown through the server is the same as without it, and programs get JSON', async () => {
  await using repository = await createRepository({
    'ci.sh': '#!/bin/sh\nprintf "\\033]0;title\\007colour \\033[31mred\\033[0m\\n"\n',
  });
  await using signalbox = await startSignalbox();
  await signalbox.cli('install-hook', repository.path);
  const sha = await repository.commit('second');
  const run = await signalbox.waitForRun(sha);
  const listed = JSON.parse((await signalbox.call('runs', '--json')).stdout);
  expect(listed.runs).toMatchObject([
    { id: run.id, sha, conclusion: 'success', sources: expect.arrayContaining(['hook']) },
  ]);
  expect(JSON.parse((await signalbox.call('show', '#1', '--json')).stdout)).toMatchObject({
    id: run.id,
    jobs: [{ steps: [{}] }],
  });
  expect(JSON.parse((await signalbox.call('show', 'app#1', '--json')).stdout)).toMatchObject({ id: run.id });
  expect(await signalbox.call('runs', '--repository', 'nope')).toMatchObject({
    exitCode: 3,
    stderr: 'signalbox: no repository "nope" is watched; "signalbox repos" lists those that are\n',
  });
  expect((await signalbox.call('logs', '-f')).stdout).toContain('\ncolour red\n');
  expect((await signalbox.call('runners')).stdout).toMatch(/^local-1 {2}idle {2}0\/1 {2}self-hosted,/);
  expect(await signalbox.call('queue')).toEqual({ stdout: '', stderr: 'nothing waits\n', exitCode: 0 });
  const { deliveries } = JSON.parse((await signalbox.call('deliveries', '--json')).stdout);
  expect(deliveries[0]).toMatchObject({ event: 'push', repository: 'local/app', ref: 'refs/heads/main' });
  const idsOf = async (name: string): Promise<string[]> => {
    const { stdout } = await signalbox.call('deliveries', '--repository', name, '--json');
    return JSON.parse(stdout).deliveries.map(({ id }: { id: string }) => id);
  };
  expect(await idsOf('app')).toContain(deliveries[0].id);
  expect(await idsOf('local/other')).toEqual([]);
  expect(await signalbox.call('deliveries', '--repository', 'nope')).toMatchObject({ exitCode: 3 });
  expect(await signalbox.call('deliveries', 'redeliver', deliveries[0].id)).toMatchObject({ exitCode: 0 });
  expect(await signalbox.call('runners', 'drain', 'local-1')).toMatchObject({ exitCode: 0 });
  expect(await signalbox.call('runners', 'drain', 'nobody')).toMatchObject({ exitCode: 3 });
  expect((await signalbox.call('open')).stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/login\?code=\S+\n$/);
  const online = await signalbox.call('logs', sha.slice(0, 7));
  signalbox.up.kill('SIGTERM');
  await signalbox.up.exited;
  expect(await signalbox.call('logs', sha.slice(0, 7))).toEqual(online);
});

test('queue says what waits, and why', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox({ runners: 0 });
  await signalbox.call('install-hook', repository.path);
  const sha = await repository.commit('second');
  let queue = await signalbox.call('queue');
  await waitFor('the job', async () => {
    queue = await signalbox.call('queue');
    return queue.stderr !== 'nothing waits\n';
  });
  expect(queue).toMatchObject({ exitCode: 0, stderr: '' });
  expect(queue.stdout).toContain(`local/app  ci  ${sha.slice(0, 9)}  second  `);
});

test('where no server runs what waits is said to wait for one, and the runners cannot be asked for', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\n' });
  await using signalbox = await startSignalbox({ runners: 0 });
  await signalbox.cli('install-hook', repository.path);
  await repository.commit('second');
  await waitFor('the job', async () => (await signalbox.cli('queue')).stderr !== 'nothing waits\n');
  signalbox.up.kill('SIGTERM');
  await signalbox.up.exited;
  const words = 'no server runs; start one with `signalbox up` (in a clone: `npm start`)';
  expect((await signalbox.cli('queue')).stdout.trimEnd().endsWith(words)).toBe(true);
  expect((await signalbox.cli('show')).stdout).toContain(`waiting  ${words}\n`);
  for (const args of [[], ['drain', 'local-1'], ['resume', 'local-1']])
    expect(await signalbox.cli('runners', ...args)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringMatching(/^signalbox: no server runs on the home /),
    });
});

test('watch HEAD follows the push to its verdict, tells the failing line in a pipe, and commit-status knows it', async () => {
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\necho AssertionError: 2 is not 3\nexit 1\n' });
  await using signalbox = await startSignalbox();
  const program = await programArgs();
  const here = (...args: string[]) => runCommand(program, args, testEnv(signalbox.home), repository.path);
  await here('install-hook', '.');
  expect(await here('commit-status')).toMatchObject({ stdout: '· none\n', exitCode: 3 });
  const clone = join(signalbox.home, 'clone');
  await repository.git('clone', '-q', '.', clone);
  await here('add', clone, '--name', 'local/clone');
  await repository.commit('second');
  await repository.git('push', '-q', clone, 'HEAD:refs/heads/same');
  const { stdout, stderr, exitCode } = await here('watch', 'HEAD', '--notify');
  expect(exitCode).toBe(1);
  expect(stdout).toMatch(
    /● received ── \d.* ── ● dispatched ── .*● started ── .* ── ✗ failed\n\n✗ failed {2}local\/app#1/,
  );
  expect(stdout).toContain('    ▌ AssertionError: 2 is not 3\n');
  expect(stdout, 'what another repository makes of the same commit').not.toContain('local/clone');
  expect(stderr).toMatch(/^(?:no desktop notification: .*\n)?$/);
  expect((await here('logs', '--failed')).stdout).toContain('AssertionError: 2 is not 3\n');
  expect(await here('commit-status', 'HEAD')).toMatchObject({ stdout: '✗ failed\n', exitCode: 1 });
  const doctor = JSON.parse((await here('doctor', '--json')).stdout);
  expect(doctor.checks).toContainEqual(expect.objectContaining({ name: 'hook of local/app', level: 'ok' }));
  expect(doctor).toMatchObject({ ok: true });
  const secret = join(repository.path, '.git', 'signalbox', 'secret');
  await writeFile(secret, 'of another server\n');
  expect(JSON.parse((await here('doctor', '--json')).stdout).checks).toContainEqual({
    ...{ name: 'hook of local/app', level: 'bad', remedy: `signalbox install-hook ${repository.path}` },
    words: 'signs with a secret that this server does not know: what it tells is refused here',
  });
});
