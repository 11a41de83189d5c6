import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { HomeError } from '../../src/cli/home.ts';
import { BadSourceError } from '../../src/git/source.ts';

test.each([
  ['a home that cannot be used', new HomeError('no')],
  ['a repository that cannot be one', new BadSourceError('ext::sh', 'it is no URL')],
])('%s is wrong usage', (_, error) => {
  expect(exitCodeOf(error)).toBe(2);
});
