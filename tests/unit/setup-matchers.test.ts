import { expect, test } from 'vitest';
import { matchersOf, type Tool } from '../../src/runner/builtin/setup-matchers.ts';
import { parseMatchers } from '../../src/runner/workflow/matcher-config.ts';
import { Matchers } from '../../src/runner/workflow/matchers.ts';

/** What the matchers of a tool find in these lines. */
function found(tool: Tool, ...lines: readonly string[]) {
  const matchers = new Matchers();
  matchers.add(parseMatchers(matchersOf(tool)));
  return lines.flatMap((line) => matchers.match(line, () => {}) ?? []);
}

test.each<[Tool, string[], object]>([
  ['node', ["src/a.ts(1,22): error TS2304: Cannot find name 'x'."], { file: 'src/a.ts', line: '1', column: '22' }],
  ['node', ['src/a.ts:3:4 - error TS1005: ; expected.'], { file: 'src/a.ts', line: '3', code: '1005' }],
  ['node', ['app/(shop)/[id]/page.tsx(7,1): error TS1: No.'], { file: 'app/(shop)/[id]/page.tsx', line: '7' }],
  [
    'node',
    ['/w/src/a.js', '  1:5  error  x is not defined  no-undef'],
    { file: '/w/src/a.js', line: '1', column: '5', severity: 'error', message: 'x is not defined', code: 'no-undef' },
  ],
  [
    'node',
    ['/w/a.js: line 2, col 3, Warning - Missing semicolon. (semi)'],
    { file: '/w/a.js', line: '2', severity: 'Warning', message: 'Missing semicolon.' },
  ],
  [
    'python',
    ['  File "/w/a.py", line 7, in f', "    raise ValueError('it broke')"],
    { file: '/w/a.py', line: '7', message: 'it broke' },
  ],
  ['go', ['./a.go:5:2: undefined: x'], { file: './a.go', line: '5', column: '2', message: 'undefined: x' }],
  ['java', ['src/A.java:9: error: cannot find symbol'], { file: 'src/A.java', line: '9', severity: 'error' }],
])('what was set up for %s has its problems found: %j', (tool, lines, problem) => {
  expect(found(tool, ...lines)).toMatchObject([problem]);
});

test('lines without a problem are none', () => {
  expect(found('node', 'ok 1 - a test', '  at a (b.js:1:2)', 'error TS', '', 'a (1,2): fine')).toEqual([]);
});
