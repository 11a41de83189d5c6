import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

/** What a person's shell has, and nothing of the npm that runs this test. */
const shell = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD|NODE_ENV|VITEST)/i.test(name)),
);

async function clone(): Promise<AsyncDisposable & { readonly path: string; readonly home: string }> {
  const dir = await tempDir('signalbox-clone-');
  await run('git', ['clone', '-q', '--no-local', root, join(dir.path, 'signalbox')]);
  return {
    path: join(dir.path, 'signalbox'),
    home: join(dir.path, 'home'),
    [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose](),
  };
}

function npm(cwd: string, ...args: string[]): ChildProcess & { readonly stdout: NonNullable<ChildProcess['stdout']> } {
  const child = spawn('npm', args, { cwd, env: shell, stdio: ['ignore', 'pipe', 'pipe'] });
  if (child.stdout === null) throw new Error('no output to read');
  return child as never;
}

function collect(child: ChildProcess): () => string {
  let text = '';
  child.stdout?.on('data', (bytes) => (text += bytes));
  child.stderr?.on('data', (bytes) => (text += bytes));
  return () => text;
}

test('npm start in a fresh clone installs, builds, and shows the red and the green of its sample', async () => {
  await using fresh = await clone();
  const ports = ['--http', '127.0.0.1:0', '--dispatcher', '127.0.0.1:0', '--home', fresh.home];
  const up = npm(fresh.path, 'start', '--', ...ports);
  const text = collect(up);
  for await (const line of createInterface(up.stdout)) {
    if (/\bfailure\b|\bfailed\b/i.test(line)) break;
  }
  expect(text()).toMatch(/^ready http:\/\/127\.0\.0\.1:\d+ dispatcher 127\.0\.0\.1:\d+/m);
  up.kill('SIGTERM');
  const [status] = await once(up, 'exit');
  expect({ status, text: status === 0 ? '' : text() }).toEqual({ status: 0, text: '' });
});

test('two commands that start at once in a fresh clone install once, and both succeed', async () => {
  await using fresh = await clone();
  await using repository = await createRepository({ 'ci.sh': '#!/bin/sh\nexit 0\n' });
  const start = () => npm(fresh.path, 'run', 'install-hook', repository.path, '--', '--home', fresh.home);
  const children = [start(), start()];
  const texts = children.map(collect);
  const statuses = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  expect({ statuses, text: statuses.every((status) => status === 0) ? '' : texts.map((text) => text()) }).toEqual({
    statuses: [0, 0],
    text: '',
  });
  const installs = texts.map((text) => text().split('installing what is missing').length - 1);
  expect(installs.reduce((sum, count) => sum + count, 0)).toBe(1);
});

test('the package that npm packs installs globally and works', async () => {
  await using fresh = await clone();
  await run('npm', ['pack', '--silent'], { cwd: fresh.path, env: shell });
  const { stdout: listing } = await run('ls', [fresh.path]);
  const tarball = listing.split('\n').find((name) => name.endsWith('.tgz')) ?? '';
  const prefix = join(fresh.home, 'prefix');
  await run('npm', ['install', '-g', '--prefix', prefix, '--ignore-scripts', join(fresh.path, tarball)], {
    env: shell,
  });
  const { stdout } = await run(join(prefix, 'bin', 'signalbox'), ['--help'], { env: shell });
  expect(stdout).toContain('install-hook');
});
