import { describe, expect, test } from 'vitest';
import { statusOf } from '../../src/cli/commit-status.ts';
import { complete, completionLines } from '../../src/cli/complete.ts';
import { nodeFinding, weaknessesOf } from '../../src/cli/doctor/programs.ts';
import { findingLines } from '../../src/cli/doctor.ts';
import { Terminal } from '../../src/cli/terminal.ts';

const ANSWERS: Readonly<Record<string, Record<string, unknown>>> = {
  '/api/repositories': { repositories: [{ name: 'acme/web' }, { name: 'acme/api' }, { name: 'other/api' }] },
  '/api/runs?limit=20': {
    runs: [{ repository: 'acme/web', number: 3, status: 'completed', conclusion: 'failure', title: 'Ask\nagain' }],
  },
  '/api/runners': { runners: [{ name: 'local-1', state: 'idle' }] },
  '/api/secrets': { secrets: [{ name: 'NPM_TOKEN', repository: 'acme/web' }] },
};
const server = { get: async (path: string) => ANSWERS[path] };
const nobody = { get: async () => undefined };

async function words(...typed: string[]) {
  return (await complete(typed, server)).candidates.map(({ text }) => text);
}

describe('completion', () => {
  test.each([
    [['ru'], ['runner', 'run', 'runs', 'runners']],
    [
      ['runs', '--con'],
      ['--conclusion', '--config'],
    ],
    [['runs', '--conclusion', 't'], ['timed_out']],
    [
      ['runs', '--repository', 'acme/'],
      ['acme/web', 'acme/api'],
    ],
    [['show', ''], ['acme/web#3']],
    [['logs', '--failed', 'acme/w'], ['acme/web#3']],
    [
      ['runners', ''],
      ['drain', 'resume'],
    ],
    [['runners', 'drain', ''], ['local-1']],
    [['secrets', 'remove', 'NPM'], ['NPM_TOKEN']],
    [['remove', 'acme/a'], ['acme/api']],
    [['show', 'we'], ['web#3']],
    [
      ['runs', '--repository', 'a'],
      ['acme/web', 'acme/api'],
    ],
    [['remove', 'api'], []],
    [['remove', 'o'], ['other/api']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['--home', '/x', 'que'], ['queue']],
  ])('of %j offers %j', async (typed, expected) => {
    expect(await words(...typed)).toEqual(expected);
  });

  test('leaves files and folders to the shell', async () => {
    expect(await complete(['add', ''], server)).toMatchObject({ also: 'dirs' });
    expect(await complete(['up', '--config', ''], server)).toMatchObject({ candidates: [], also: 'files' });
  });

  test('offers nothing of a server that is not there', async () => {
    expect(await complete(['show', ''], nobody)).toEqual({ candidates: [] });
  });

  test('tells what each word is, on one line, and no word that a shell would obey', async () => {
    expect(completionLines(await complete(['show', ''], server))).toEqual(['acme/web#3\tfailed: Ask again']);
    const evil = ['$(touch x)', 'a;b', '`x`', 'a b', '\u001b]0;x\u0007ok'].map((text) => ({ text, about: '' }));
    expect(completionLines({ candidates: evil, also: 'files' })).toEqual(['ok', ':files']);
  });
});

describe('the status of a commit', () => {
  const run = (conclusion: string | null, change = {}) =>
    ({
      status: conclusion === null ? 'in_progress' : 'completed',
      conclusion,
      workflow: 'CI',
      event: 'push',
      ref: 'refs/heads/main',
      ...change,
    }) as never;

  test.each([
    ['its newest run of each workflow', [run('success'), run('failure')], 'success', 0],
    ['the worst of its workflows', [run('success'), run('failure', { workflow: 'Docs' })], 'failure', 1],
    ['the worst of its branches', [run('success', { ref: 'refs/tags/v1' }), run('failure')], 'failure', 1],
    ['one that runs', [run(null), run('success', { workflow: 'Docs' })], 'in_progress', 3],
    ['one that has failed already', [run(null), run('failure', { workflow: 'Docs' })], 'failure', 1],
    ['no run', [], 'none', 3],
    ['nobody to ask', undefined, 'unknown', 3],
  ])('is that of %s', (_, runs, state, exitCode) => {
    expect(statusOf(runs)).toMatchObject({ state, exitCode });
  });
});

describe('doctor', () => {
  test.each([
    ['2.39.5', ['CVE-2025-48384']],
    ['2.39.3', ['CVE-2024-32002', 'CVE-2025-48384']],
    ['2.43.7', []],
    ['2.50.0', ['CVE-2025-48384']],
    ['2.50.1', []],
    ['2.51.0', []],
    ['3.0.0', []],
  ])('knows the weaknesses of git %s', (version, names) => {
    expect(weaknessesOf(version)).toEqual(names);
  });

  test('refuses a Node that is too old', () => {
    expect([nodeFinding('20.18.3').level, nodeFinding('20.19.0').level, nodeFinding('24.1.0').level]).toEqual([
      'bad',
      'ok',
      'ok',
    ]);
  });

  test('says first what has to be done, and what to do', () => {
    const terminal = new Terminal({ write: () => {} }, { write: () => {} }, {});
    const well = { name: 'node', level: 'ok' as const, words: '20.19.0', remedy: null };
    const ill = { name: 'token', level: 'bad' as const, words: 'can be read by others', remedy: 'chmod 600 token' };
    expect(findingLines([well, ill], terminal)).toEqual([
      '1 thing does not work as it has to',
      '',
      '✗ token  can be read by others',
      '         → chmod 600 token',
      '✓ node   20.19.0',
    ]);
    const far = { ...ill, name: 'the hook of a repository with a long name' };
    expect(findingLines([far], terminal).slice(2)).toEqual([
      `✗ ${far.name}`,
      `${' '.repeat(34)}can be read by others`,
      `${' '.repeat(34)}→ chmod 600 token`,
    ]);
  });
});
