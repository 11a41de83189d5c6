import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { execute } from '../../src/cli/main.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { tempDir } from '../support/temp.ts';

/** Runs one command in this process; what it wrote and its exit code. */
async function signalbox(...argv: string[]) {
  await using dir = await tempDir();
  const written = { stdout: '', stderr: '' };
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string | Uint8Array) => (written[name] += text) });
  const terminal = new Terminal(into('stdout'), into('stderr'), {});
  const env = { SIGNALBOX_HOME: `${dir.path}/none`, PATH: process.env.PATH };
  const exitCode = await execute(argv, { terminal, env, cwd: dir.path });
  return { ...written, exitCode };
}

const COMMANDS = [
  ...['up', 'observer', 'dispatcher', 'runner', 'add', 'repos', 'remove', 'install-hook', 'uninstall-hook', 'runs'],
  ...[
    'show',
    'logs',
    'watch',
    'queue',
    'runners',
    'runners drain',
    'runners resume',
    'deliveries',
    'deliveries redeliver',
    'open',
  ],
  ...['rerun', 'cancel', 'dispatch', 'commit-status', 'completion', 'doctor'],
  'notify',
  ...['secrets', 'secrets set', 'secrets list', 'secrets remove'],
  ...['variables', 'variables set', 'variables list', 'variables remove'],
];

describe('help', () => {
  test('lists the commands, and ends in an example', async () => {
    const { stdout, exitCode } = await signalbox('--help');
    expect(exitCode).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(` ${command.split(' ')[0]} `);
    expect(stdout.trimEnd()).toMatch(/Example:\n {2}signalbox up$/);
  });

  test.each(COMMANDS)('of %s ends in an example of it, and names --json and --home', async (command) => {
    const { stdout, stderr, exitCode } = await signalbox(...command.split(' '), '--help');
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    expect(stdout.trimEnd()).toMatch(new RegExp(`Example:\n {2}signalbox ${command}[^\n]*$`));
    expect(stdout).toContain('--json');
    expect(stdout).toContain('--home <dir>');
  });

  test('is what one gets without a command, as a mistake', async () => {
    const { stderr, exitCode } = await signalbox();
    expect(exitCode).toBe(2);
    expect(stderr).toContain('Usage: signalbox');
  });

  test('the version is printed', async () => {
    expect(await signalbox('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+/),
    });
  });
});

describe('what is typed wrongly', () => {
  test.each([
    [['up', '--htpp', 'x'], "signalbox: unknown option '--htpp' (Did you mean --http?)\n"],
    [['runs', '--concl', 'x'], "signalbox: unknown option '--concl' (Did you mean --conclusion?)\n"],
    [['runs', '--re', 'x'], "signalbox: unknown option '--re' (Did you mean --repository or --ref?)\n"],
    [
      ['runners', 'nonsense'],
      "signalbox: unknown command 'runners nonsense'; there are 'runners', 'runners drain', 'runners resume'\n",
    ],
    [['rnus'], "signalbox: unknown command 'rnus' (Did you mean runs?)\n"],
    [['runs', '-n', '0'], 'signalbox: -n, --limit is "0"; it must be a whole number from 1 to 100\n'],
    [
      ['runs', '--status', 'qued'],
      'signalbox: --status is "qued"; it must be one of queued, in_progress, completed (did you mean queued?)\n',
    ],
    [['show', 'a', 'b'], "signalbox: too many arguments for 'show'. Expected 1 argument but got 2.\n"],
    [['add'], "signalbox: missing required argument 'path|url'\n"],
    [['up', '--runners', 'many'], 'signalbox: --runners is "many"; it must be a whole number from 0 to 1000\n'],
    [
      ['watch', '--sha', 'abc'],
      'signalbox: --sha is "abc"; it must be a whole commit id, as "git rev-parse HEAD" prints it\n',
    ],
    [
      ['cancel', ''],
      'signalbox: [run] of "cancel" is empty, perhaps from a variable that is not set; say which, or leave it out\n',
    ],
    [
      ['remove', 'app', ''],
      'signalbox: <repository> of "remove" is empty, perhaps from a variable that is not set; say which\n',
    ],
    [
      ['deliveries', '-n', ''],
      'signalbox: -n, --limit is empty, perhaps from a variable that is not set; give it a value, or leave it out\n',
    ],
    [
      ['logs', '--repository', ''],
      'signalbox: --repository is empty, perhaps from a variable that is not set; give it a value, or leave it out\n',
    ],
    [
      ['secrets', 'remove', 'TOKEN', '--environment', ''],
      'signalbox: --environment is empty, perhaps from a variable that is not set; give it a value, or leave it out\n',
    ],
  ])('%j is told in one line, with exit code 2', async (argv, line) => {
    expect(await signalbox(...argv)).toEqual({ stdout: '', stderr: line, exitCode: 2 });
  });
});

test('a token file without a token says where to get one, and not that a server on this machine makes it', async () => {
  await using dir = await tempDir();
  for (const text of ['', 'short\n', 'two words of some length\n']) {
    await writeFile(`${dir.path}/token`, text);
    const { stderr, exitCode } = await signalbox('runner', '--token-file', `${dir.path}/token`);
    expect(stderr).toMatch(
      /^signalbox: \S+ holds no token \(.*\); copy the file "token" from the home folder of [^\n]*\n$/,
    );
    expect(exitCode).toBe(2);
  }
});

test('a text that is searched for may be empty', async () => {
  expect(await signalbox('runs', '--search', '', '--author', '')).toMatchObject({ exitCode: 3 });
});

test.each(['runs', 'show', 'logs', 'watch', 'queue', 'runners', 'deliveries', 'repos'])(
  '%s without a server and without a home says how to start one, with exit code 3',
  async (command) => {
    const { stdout, stderr, exitCode } = await signalbox(command);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
    expect(stderr).toMatch(/^signalbox: no server runs on the home \S+; start one with "signalbox up"[^\n]*\n$/);
  },
);

test.each(['fleet'])('%s is not there yet and says so in one line, with exit code 3', async (command) => {
  const { stdout, stderr, exitCode } = await signalbox(command, 'x', '--some-flag', 'y');
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 });
  expect(stderr).toBe(`signalbox: "${command}" is not there yet; "signalbox --help" lists what is\n`);
});
