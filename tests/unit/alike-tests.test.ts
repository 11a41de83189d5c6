import { expect, test } from 'vitest';
import { alikeTests, type FailingTest } from '../../src/model/alike-tests.ts';

test('tests are alike whose name, place and first words are the same, whatever comes below', () => {
  const one: FailingTest = { suite: 's', name: 'n', file: 'a.ts', line: 1, message: '\nno\nat x', recovered: false };
  const same = { ...one, message: 'no\nat y' };
  const others = [
    { ...one, message: 'yes' },
    { ...one, line: 2 },
    { ...one, recovered: true },
  ];
  expect(alikeTests([one, ...others, same])).toEqual([[one, same], ...others.map((other) => [other])]);
});

test('a failure that one names with its line and the kind of its error, and another without, is told once, by what says more', () => {
  const one: FailingTest = { suite: 's', name: 'n', file: 'a.js', line: null, message: '2 == 3', recovered: false };
  const other = { ...one, line: 7, message: 'AssertionError [ERR_ASSERTION]: 2 == 3' };
  const later = { ...one, file: 'b.js' };
  expect(alikeTests([one, later, other])).toEqual([[other, one], [later]]);
});
