import { expect, test } from 'vitest';
import { parseMatchers } from '../../src/runner/workflow/matcher-config.ts';
import { Matchers } from '../../src/runner/workflow/matchers.ts';

function matchersOf(...problemMatcher: object[]): Matchers {
  const matchers = new Matchers();
  matchers.add(parseMatchers(JSON.stringify({ problemMatcher })));
  return matchers;
}

const TSC = {
  owner: 'tsc',
  pattern: [
    {
      regexp: '^([^\\s].*)[\\(:](\\d+)[,:](\\d+)(?:\\):\\s+|\\s+-\\s+)(error|warning|info)\\s+TS(\\d+)\\s*:\\s*(.*)$',
      ...{ file: 1, line: 2, column: 3, severity: 4, code: 5, message: 6 },
    },
  ],
};
const STYLISH = {
  owner: 'eslint-stylish',
  pattern: [
    { regexp: '^([^\\s].*)$', file: 1 },
    {
      regexp: '^\\s+(\\d+):(\\d+)\\s+(error|warning|info)\\s+(.*)\\s\\s+(.*)$',
      ...{ line: 1, column: 2, severity: 3, message: 4, code: 5, loop: true },
    },
  ],
};

const none = () => {};

test('a line that fits is a problem, colours or not', () => {
  const matchers = matchersOf(TSC);
  const match = { file: 'a.ts', line: '3', column: '5', severity: 'error', code: '2304', message: "Cannot find 'x'." };
  expect(matchers.match("a.ts(3,5): error TS2304: Cannot find 'x'.", none)).toEqual(match);
  expect(matchers.match("\x1b[96ma.ts\x1b[0m:3:5 - error TS2304: Cannot find 'x'.", none)).toEqual(match);
  expect(matchers.match('all is well', none)).toBeUndefined();
});

test('a matcher of several lines goes on as long as its last pattern fits', () => {
  const matchers = matchersOf(STYLISH);
  const found = [
    '/w/a.js',
    '  1:2  error  Bad thing  no-bad',
    '  3:4  warning  Odd thing  no-odd',
    '',
    '  5:6  error  x  y',
  ].map((line) => matchers.match(line, none));
  expect(found).toEqual([
    undefined,
    { file: '/w/a.js', line: '1', column: '2', severity: 'error', message: 'Bad thing', code: 'no-bad' },
    { file: '/w/a.js', line: '3', column: '4', severity: 'warning', message: 'Odd thing', code: 'no-odd' },
    undefined,
    undefined,
  ]);
});

test('the severity of a matcher counts where the line has none; the latest matcher comes first', () => {
  const any = (owner: string, severity: string) => ({ owner, severity, pattern: [{ regexp: '(.+)', message: 1 }] });
  const matchers = matchersOf(any('one', 'warning'));
  expect(matchers.match('x', none)).toEqual({ message: 'x', severity: 'warning' });
  matchers.add(parseMatchers(JSON.stringify({ problemMatcher: [any('two', 'notice')] })));
  expect(matchers.match('x', none)).toMatchObject({ severity: 'notice' });
  matchers.remove(['TWO']);
  expect(matchers.match('x', none)).toMatchObject({ severity: 'warning' });
});

test('lines that are matched together are matched as one by one', () => {
  const lines = ['/w/a.js', '  1:2  error  Bad  no-bad', 'a.ts(3,5): error TS1: no', '  2:2  error  Bad  no-bad', 'x'];
  const [one, all] = [matchersOf(TSC, STYLISH), matchersOf(TSC, STYLISH)];
  expect(all.matchAll(lines)).toEqual(lines.map((line) => one.match(line, none)));
});

test('a pattern that goes astray is ended, and its matcher removed', () => {
  const matchers = matchersOf(
    { owner: 'fine', pattern: [{ regexp: '(b)', message: 1 }] },
    { owner: 'slow', pattern: [{ regexp: '^(a+)+$', message: 1 }] },
  );
  const removed: string[] = [];
  const line = `${'a'.repeat(60)}b`;
  expect(matchers.matchAll([line])).toBeUndefined();
  expect(matchers.match(line, (owner) => removed.push(owner))).toEqual({ message: 'b' });
  expect(removed).toEqual(['slow']);
});

test('a configuration that GitHub refuses is refused, in words', () => {
  const refused = (pattern: object[], more: object = {}) => {
    return () => parseMatchers(JSON.stringify({ problemMatcher: [{ owner: 'x', pattern, ...more }] }));
  };
  const ok = { regexp: '(a)(b)', message: 1 };
  expect(refused([{ regexp: '(a)', file: 1 }])).toThrow("At least one pattern must set 'message'");
  expect(refused([ok, ok])).toThrow("The property 'message' is set twice");
  expect(refused([{ ...ok, loop: true }])).toThrow("Only the last pattern in a multiline matcher may set 'loop'");
  expect(refused([{ ...ok, message: 3 }])).toThrow("The property 'message' is set to 3, and there are 3 groups");
  expect(refused([{ regexp: '(', message: 0 }])).toThrow('Invalid regular expression');
  expect(refused([ok], { severity: 'fatal' })).toThrow('must be error, warning or notice');
  expect(() => parseMatchers('{}')).toThrow('problemMatcher');
  expect(() => parseMatchers('no json')).toThrow('JSON');
});
