import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openGate } from '../support/gate.ts';
import { callCommand, programArgs, runCommand, testEnv } from '../support/program.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const WORKFLOW = `on: push
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: |
          echo "::group::Details"
          echo "this is folded"
          echo "::endgroup::"
          cat answer.txt
  test:
    needs: build
    runs-on: ubuntu-latest
    steps:
      - run: test "$(cat answer.txt)" = 42
  other:
    runs-on: ubuntu-latest
    steps: [{ run: echo "other job" }]
`;
const FILES = { '.github/workflows/ci.yml': WORKFLOW, 'answer.txt': '42\n', '.gitignore': 'ignored.txt\n' };

/** A repository, a home, and `signalbox run` in them. */
async function open(files: Readonly<Record<string, string>>) {
  const [repository, home] = [await createRepository(files), await tempDir('signalbox-home-')];
  const program = await programArgs();
  const env = { ...testEnv(home.path), SIGNALBOX_LOG_LEVEL: 'error' };
  return {
    repository,
    program,
    env,
    place: { env, cwd: repository.path },
    run: (...args: readonly string[]) => runCommand(program, ['run', ...args], env, repository.path),
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

describe('signalbox run', () => {
  test('has its verdict also where the one before was killed and left a process behind', async () => {
    await using gate = await openGate();
    const step = `${gate.shell} & wait`;
    const workflow = { on: 'push', jobs: { test: { 'runs-on': 'ubuntu-latest', steps: [{ run: step }] } } };
    await using opened = await open({ '.github/workflows/ci.yml': JSON.stringify(workflow) });
    const child = spawn(process.execPath, [...opened.program, 'run'], { ...opened.place, stdio: 'ignore' });
    await gate.entered();
    child.kill('SIGKILL');
    await once(child, 'exit');
    const next = opened.run();
    await Promise.race([gate.entered(), next]);
    gate.open();
    expect(await next).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('passed') });
  });

  test('lists the tests that failed before the jobs, as their reports say it', async () => {
    const report =
      '<testsuite><testcase classname="cart" name="totals"><failure>4 is not 3 at answer.txt:1</failure></testcase></testsuite>';
    const step = `mkdir reports; echo '${report}' > reports/cart.xml; exit 1`;
    const workflow = { on: 'push', jobs: { test: { 'runs-on': 'ubuntu-latest', steps: [{ run: step }] } } };
    await using opened = await open({ ...FILES, '.github/workflows/ci.yml': JSON.stringify(workflow) });
    const { stdout, exitCode } = await opened.run();
    expect(exitCode).toBe(1);
    const lines = stdout.slice(stdout.lastIndexOf('  tests    '));
    expect(lines).toMatch(
      /^ {2}tests {4}1 failed, 0 passed\n {4}✗ cart › totals {2}answer.txt:1\n {6}4 is not 3.*\n[\s\S]*✗ failed/,
    );
  });

  test('keeps the cache of one repository from another', async () => {
    const steps = [
      { uses: 'actions/cache@v4', with: { path: 'kept', key: 'same', 'restore-keys': 'sa' } },
      { run: 'cat kept || echo nothing is kept; echo of $GITHUB_REPOSITORY > kept' },
    ];
    const workflow = JSON.stringify({ on: 'push', jobs: { test: { 'runs-on': 'ubuntu-latest', steps } } });
    await using opened = await open({ '.github/workflows/ci.yml': workflow });
    await using other = await createRepository({ '.github/workflows/ci.yml': workflow });
    expect((await opened.run()).stdout).toContain('nothing is kept');
    expect((await opened.run()).stdout).toContain('of local/');
    const { stdout } = await runCommand(opened.program, ['run'], opened.env, other.path);
    expect(stdout).toContain('nothing is kept');
  });

  test('runs the workflows of the working tree, uncommitted changes included and ignored files left out', async () => {
    await using opened = await open(FILES);
    const green = await opened.run();
    expect(green.stderr).toBe('');
    expect(green.exitCode).toBe(0);
    expect(green.stdout).toMatch(/✓ passed/);
    await writeFile(join(opened.repository.path, 'answer.txt'), '43\n');
    await writeFile(join(opened.repository.path, 'ignored.txt'), 'x');
    const red = await opened.run();
    expect(red.exitCode).toBe(1);
    expect(red.stdout).toContain('with uncommitted changes');
    expect(red.stdout).toMatch(/✗ test .*\n/);
    const committed = await opened.run('--rev', 'HEAD');
    expect(committed.exitCode).toBe(0);
    expect(await opened.repository.git('status', '--porcelain')).toBe(' M answer.txt');
  });

  test('folds groups to one line, and names the job of each line where there are several', async () => {
    await using opened = await open(FILES);
    const { stdout } = await opened.run();
    expect(stdout).toContain('▸ Details (1 line)');
    expect(stdout).not.toContain('this is folded');
    expect(stdout).toMatch(/^build │ .*42$/m);
  });

  test('runs one job with what it needs', async () => {
    await using opened = await open(FILES);
    const { stdout, exitCode } = await opened.run('--job', 'test', '--json');
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).jobs.map((job: { name: string }) => job.name)).toEqual(['build', 'test']);
  });

  test('runs the tests that it finds where there is no workflow file', async () => {
    await using opened = await open({ 'ci.sh': '#!/bin/sh\necho "from ci.sh"; exit 3\n' });
    const { stdout, exitCode } = await opened.run();
    expect(stdout).toContain('from ci.sh');
    expect(exitCode).toBe(1);
  });

  test('runs a commit of a bare repository, which has no working tree', async () => {
    await using opened = await open({ 'ci.sh': '#!/bin/sh\necho of the bare one\n' });
    await using folder = await tempDir('signalbox-bare-');
    const bare = join(folder.path, 'app.git');
    await opened.repository.git('clone', '-q', '--bare', opened.repository.path, bare);
    const ran = await callCommand(['run', '--rev', 'main'], opened.env, bare);
    expect(ran).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('of the bare one') });
    const { stderr, exitCode } = await callCommand(['run'], opened.env, bare);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^signalbox: .*app\.git is a bare repository, which has no working tree .*--rev main\n$/);
  });

  test.each([
    [['--job', 'nope'], 2, 'there is no job "nope"; there is build, test, other'],
    [['--workflow', 'nope.yml'], 2, 'there is no workflow file "nope.yml"; there is ci.yml'],
    [['--event', 'schedule'], 2, 'no workflow file is for the event schedule'],
    [['--secret', 'TOKEN_OF_NOBODY'], 2, 'the environment has no TOKEN_OF_NOBODY'],
    [['--input', '=x'], 2, '--input is "=x"; it must be NAME=VALUE'],
    [['--jobs', 'many'], 2, '--jobs is "many"'],
    [['--rev', 'nope'], 2, 'git knows no commit by that name'],
    [['/'], 2, 'is not a git repository'],
  ] as const)('says what is wrong with %j', async (args, exitCode, words) => {
    await using opened = await open(FILES);
    const result = await callCommand(['run', ...args], opened.env, opened.repository.path);
    expect(result.stderr).toContain(words);
    expect(result.exitCode).toBe(exitCode);
  });

  test('ends what runs at Ctrl-C, and says that it was cancelled', async () => {
    await using opened = await open({ 'ci.sh': '#!/bin/sh\necho "it runs"\nexec sleep 300\n' });
    const child = spawn(process.execPath, [...opened.program, 'run'], { cwd: opened.repository.path, env: opened.env });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (!output.includes('it runs') && (output + text).includes('it runs')) child.kill('SIGINT');
      output += text;
    });
    const [code] = await once(child, 'close');
    expect(output).toMatch(/cancelled/);
    expect(code).toBe(3);
  });
});
