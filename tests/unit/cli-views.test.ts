import { expect, test } from 'vitest';
import { table } from '../../src/cli/draw/table.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { age, refName } from '../../src/cli/views.ts';

function terminal(columns: number | undefined, env: NodeJS.ProcessEnv = {}): Terminal {
  const output = { write: () => true, isTTY: columns !== undefined, columns };
  return new Terminal(output, output, env);
}

test.each([
  [500, 'now'],
  [5_400, '5 s ago'],
  [125_000, '2 min ago'],
  [12_000_000, '3 h ago'],
  [100_000_000, '1 day ago'],
])('what was %d ms ago is %s', (ms, text) => {
  expect(age(new Date(1e12 - ms).toISOString(), new Date(1e12))).toBe(text);
});

test('a branch is shown by its name, a tag as a tag', () => {
  expect(['refs/heads/main', 'refs/tags/v1', 'HEAD', 'refs/pull/1/head'].map(refName)).toEqual([
    'main',
    'tag v1',
    'HEAD',
    'refs/pull/1/head',
  ]);
});

test('columns stand under each other, colours not counted', () => {
  const rows = [
    ['\u001b[32m✓ passed\u001b[39m', 'a', 'x'],
    ['✗', 'long', 'y'],
  ];
  expect(table(rows, terminal(undefined))).toEqual(['\u001b[32m✓ passed\u001b[39m  a     x', '✗         long  y']);
});

test('on a terminal the last column ends where the terminal does, elsewhere it is whole', () => {
  const title = 'a title that is rather long, and goes on';
  expect(table([['a', title]], terminal(40))).toEqual([`a  ${title.slice(0, 36)}…`]);
  expect(table([['a', title]], terminal(undefined))).toEqual([`a  ${title}`]);
});

test.each([
  ['a terminal', 80, {}, true],
  ['a pipe', undefined, {}, false],
  ['a terminal with NO_COLOR', 80, { NO_COLOR: '1' }, false],
  ['a dumb terminal', 80, { TERM: 'dumb' }, false],
  ['a pipe with FORCE_COLOR', undefined, { FORCE_COLOR: '1' }, true],
])('%s has colours only where they are wanted', (_, columns, env, hasColour) => {
  expect(terminal(columns, env).hasColour).toBe(hasColour);
});
