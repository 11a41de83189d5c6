import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { openStore } from '../../src/store/open-store.ts';
import { newRepository } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';

let home: Awaited<ReturnType<typeof tempDir>>;
beforeEach(async () => {
  home = await tempDir();
  const store = await openStore({ home: home.path });
  await store.addRepository(newRepository(), new Date());
  await store.close();
});
afterEach(() => home[Symbol.asyncDispose]());

/** Runs one command in this process, with this on its stdin; what it wrote and its exit code. */
async function signalbox(argv: readonly string[], input: string | PassThrough = '') {
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string | Uint8Array) => (written[name] += text) });
  const terminal = new Terminal(into('stdout'), into('stderr'), {});
  const stdin = (typeof input === 'string' ? PassThrough.from([input]) : input) as unknown as NodeJS.ReadStream;
  const env = { SIGNALBOX_HOME: home.path, PATH: process.env.PATH };
  const exitCode = await execute(argv, { terminal, env, cwd: home.path, stdin });
  return { ...written, exitCode };
}

async function secretsOf(environment?: string) {
  const store = await openStore({ home: home.path });
  try {
    return await store.vault.secretsFor({ repository: 1, environment, isTrusted: true });
  } finally {
    await store.close();
  }
}

test('a secret comes from what is piped in or from a file, without its last line end, and is listed by name', async () => {
  const set = await signalbox(['secrets', 'set', 'npm_token', '--repository', 'app'], 'hunter2\n');
  expect(set).toEqual({ stdout: '', stderr: 'NPM_TOKEN is set for local/app\n', exitCode: 0 });
  await writeFile(join(home.path, 'key.pem'), 'line 1\nline 2\n');
  const argv = ['secrets', 'set', 'KEY', '--repository', 'app', '--environment', 'prod', '--from-file', 'key.pem'];
  expect(await signalbox(argv)).toMatchObject({ stderr: 'KEY is set for local/app, environment prod\n' });
  expect(await secretsOf('prod')).toEqual({ NPM_TOKEN: 'hunter2', KEY: 'line 1\nline 2' });
  const { stdout } = await signalbox(['secrets']);
  expect(stdout).toMatch(/^NPM_TOKEN {2}local\/app +now\nKEY +local\/app, environment prod +now\n$/);
  expect(JSON.parse((await signalbox(['secrets', 'list', '--json', '--repository', 'app'])).stdout)).toMatchObject({
    secrets: [{ name: 'NPM_TOKEN' }, { name: 'KEY', environment: 'prod' }],
  });
  expect(await signalbox(['secrets', 'remove', 'NPM_TOKEN', '--repository', 'app'])).toMatchObject({
    stderr: 'NPM_TOKEN of local/app is gone\n',
  });
  expect(await signalbox(['secrets', 'remove', 'NPM_TOKEN', '--repository', 'app'])).toMatchObject({ exitCode: 3 });
});

test('at a terminal it is asked for, and what is typed is not shown', async () => {
  const modes: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => modes.push(on) });
  const done = signalbox(['secrets', 'set', 'TOKEN'], stdin);
  stdin.write('huntre\u007f\u007f');
  stdin.write('er2\r');
  const { stdout, stderr, exitCode } = await done;
  expect({ stdout, exitCode, modes }).toEqual({ stdout: '', exitCode: 0, modes: [true, false] });
  expect(stderr).toBe('value of TOKEN (it is not shown): \nTOKEN is set for the server\n');
  expect(await secretsOf()).toEqual({ TOKEN: 'hunter2' });
});

describe('a value on the command line is refused, and not repeated:', () => {
  test.each([
    [['TOKEN', 'hunter2']],
    [['TOKEN=hunter2']],
    [['TOKEN', '--value', 'hunter2']],
    [['TOKEN', '--body=hunter2']],
  ])('%j', async (args) => {
    const { stdout, stderr, exitCode } = await signalbox(['secrets', 'set', ...args]);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toContain('a secret is not taken from the command line');
    expect(stderr).not.toContain('hunter2');
    expect(await secretsOf()).toEqual({});
  });
});

test.each([
  [['secrets', 'set', 'GITHUB_SHA'], 'x', 'GITHUB_SHA begins with GITHUB_'],
  [['variables', 'set', 'GITHUB_TOKEN', 'x'], '', 'set it with "signalbox secrets set GITHUB_TOKEN"'],
  [['secrets', 'set', 'TOKEN'], '', 'the value of TOKEN is empty'],
  [['secrets', 'set', 'TOKEN', '--from-file', 'nowhere'], '', 'cannot be read'],
  [['secrets', 'set', 'TOKEN', '--environment', 'prod'], 'x', 'add --repository'],
  [['variables', 'set', 'A', 'b', 'c'], '', 'one value is set at a time'],
])('%j says what is wrong, with exit code 2', async (argv, input, words) => {
  const { stderr, exitCode } = await signalbox(argv, input);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(2);
});

test('a variable may stand on the command line, and is listed with its value', async () => {
  await signalbox(['variables', 'set', 'region', 'eu-west-1', '--repository', 'app']);
  await signalbox(['variables', 'set', 'LEVEL'], 'debug\n');
  const { stdout } = await signalbox(['variables', 'list']);
  expect(stdout).toMatch(/^LEVEL +the server +now +debug\nREGION +local\/app +now +eu-west-1\n$/);
  expect(await signalbox(['variables', 'remove', 'LEVEL'])).toMatchObject({ exitCode: 0 });
});

test('who removes a repository is told what was deleted with it', async () => {
  await signalbox(['secrets', 'set', 'TOKEN', '--repository', 'app'], 'hunter2');
  await signalbox(['secrets', 'set', 'TOKEN', '--repository', 'app', '--environment', 'prod'], 'hunter2');
  await signalbox(['secrets', 'set', 'OF_SERVER'], 'hunter2');
  await signalbox(['variables', 'set', 'REGION', 'there', '--repository', 'app']);
  expect((await signalbox(['remove', 'app'])).stderr).toBe(
    'local/app is not watched any more; its runs are kept; 2 secrets and 1 variable of it were deleted\n',
  );
  expect((await signalbox(['secrets'])).stdout).toMatch(/^OF_SERVER .*\n$/);
});

test('a key that is lost is told in the list, and crashes nothing', async () => {
  await signalbox(['secrets', 'set', 'TOKEN'], 'hunter2');
  const key = join(home.path, 'secrets.key');
  const kept = await readFile(key);
  await writeFile(key, 'ab'.repeat(32));
  const { stdout, stderr } = await signalbox(['secrets']);
  expect(stdout).toContain('cannot be decrypted');
  expect(stderr).toContain('put it back from a backup');
  expect(await signalbox(['secrets', 'set', 'NEW'], 'x')).toMatchObject({ exitCode: 3 });
  await writeFile(key, kept);
  expect(await secretsOf()).toEqual({ TOKEN: 'hunter2' });
});
