import { expect, test } from 'vitest';
import { logFormat, readable } from '../../src/cli/logging.ts';

const at = new Date(2026, 0, 2, 3, 4, 5).getTime();

test('a log line for people holds time, level, component, words and details', () => {
  const line = JSON.stringify({ level: 40, time: at, component: 'dispatcher', msg: 'the disk is full', free: 12 });
  expect(readable(line, false)).toBe('03:04:05 warn  dispatcher: the disk is full  free=12\n');
});

test('a log line for people does not let through what a terminal would obey', () => {
  const line = JSON.stringify({ level: 30, time: at, msg: 'a\u001b]0;x\u0007b', ref: 'x\u001b[2J\ny' });
  expect(readable(line, false)).toBe('03:04:05 info  ab  ref=x y\n');
});

test('colours are there when asked for', () => {
  expect(readable(JSON.stringify({ level: 50, time: at, msg: 'x' }), true)).toContain('\u001b[31merror\u001b[39m');
});

test.each([
  [{}, false, 'json'],
  [{}, true, 'colour'],
  [{ NO_COLOR: '1' }, true, 'text'],
  [{ TERM: 'dumb' }, true, 'text'],
])('with %j and terminal %s logs are %s', (env, isTerminal, format) => {
  expect(logFormat(env, isTerminal)).toBe(format);
});
