import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createRepository } from '../support/repository.ts';
import { startSignalbox } from '../support/signalbox.ts';
import { waitFor } from '../support/wait-for.ts';

const RED =
  'import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual("a: 1", "b: 2")\n';

test('a classic runner gives a commit its verdict, and the server has no other runner', async () => {
  await using repository = await createRepository({ 'tests/test_a.py': RED });
  await using signalbox = await startSignalbox({ runners: 0 });
  await signalbox.cli('install-hook', repository.path);
  const classic = ['--classic', signalbox.dispatcher, '--repository', repository.path];
  const runner = signalbox.cli('runner', ...classic, '--once');
  const sha = await repository.commit('second');
  const run = await signalbox.waitForRun(sha);
  expect(run).toMatchObject({ conclusion: 'failure', title: 'second' });
  expect(run.jobs).toMatchObject([{ runner: expect.stringMatching(/^classic-localhost-\d+$/), executions: 1 }]);
  const file = join(signalbox.home, 'test_results', sha);
  await waitFor('the file of results', () => existsSync(file));
  expect(await readFile(file, 'utf8')).toContain("AssertionError: 'a: 1' != 'b: 2'");
  expect(await runner).toMatchObject({ exitCode: 0, stdout: '' });
});
