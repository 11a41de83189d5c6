import { join } from 'node:path';
import { expect, test } from 'vitest';
import { callCommand, testEnv } from '../support/program.ts';
import { tempDir } from '../support/temp.ts';

test.each([
  [['--classic', 'nowhere'], /^signalbox: --classic is "nowhere"; it must be the HOST:PORT of a dispatcher/],
  [['--classic', 'localhost:1'], /^signalbox: --classic needs --repository PATH/],
  [['--classic', 'localhost:1', '--repository', '/nowhere'], /^signalbox: \/nowhere is not a git repository/],
  [['--classic', 'localhost:1', '--repository', '.', '--slots', '2'], /^signalbox: --slots means nothing/],
  [['--repository', '.'], /^signalbox: --repository PATH goes with --classic/],
])('runner %j is told what is right in one line', async (args, words) => {
  await using dir = await tempDir();
  const { exitCode, stderr } = await callCommand(['runner', ...args], testEnv(join(dir.path, 'home')));
  expect({ exitCode, lines: stderr.split('\n').length }).toEqual({ exitCode: 2, lines: 2 });
  expect(stderr).toMatch(words);
});
