import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { baseEnvironment } from '../../src/runner/environment.ts';
import { tempDir } from '../support/temp.ts';

test('only what is known to be harmless passes', () => {
  const own = {
    PATH: '/bin',
    LC_TIME: 'C',
    TZ: 'UTC',
    JAVA_HOME: '/java',
    TOKEN: 'x',
    HOME: '/root',
    NODE_OPTIONS: 'y',
  };
  expect(baseEnvironment(own, '/nowhere')).toEqual({ PATH: '/bin', LC_TIME: 'C', TZ: 'UTC', JAVA_HOME: '/java' });
});

test('tools that live in the home of the user are found although a job has a home of its own', async () => {
  await using home = await tempDir();
  await mkdir(join(home.path, '.rustup'));
  await mkdir(join(home.path, '.pyenv'));
  expect(baseEnvironment({ PATH: '/bin', PYENV_ROOT: '/opt/pyenv' }, home.path)).toEqual({
    PATH: '/bin',
    PYENV_ROOT: '/opt/pyenv',
    RUSTUP_HOME: join(home.path, '.rustup'),
  });
});

test('without a PATH there is still one', () => {
  expect(baseEnvironment({}, '/nowhere').PATH).toBe('/usr/local/bin:/usr/bin:/bin');
});
