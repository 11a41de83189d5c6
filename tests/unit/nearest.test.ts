import { expect, test } from 'vitest';
import { nearest } from '../../src/support/nearest.ts';

test.each([
  ['runers', 'runners'],
  ['RUNNERS', 'runners'],
  ['htpt', 'http'],
  ['tiemout', 'timeout'],
  ['xyzzy', undefined],
  ['', undefined],
])('nearest to %j is %j', (word, expected) => {
  expect(nearest(word, ['http', 'runners', 'timeout', 'poll'])).toBe(expected);
});
