import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseKeyValues, parsePaths } from '../../src/runner/workflow/key-values.ts';
import { findShell, splitWords, which } from '../../src/runner/workflow/shells.ts';

const entries = (text: string) => {
  const parsed = parseKeyValues(text);
  return 'error' in parsed ? parsed.error : parsed.entries;
};

test('values are what stands after the first =, or between the lines of a delimiter', () => {
  expect(entries('a=1\n\nb=x=y\nc=\n')).toEqual([
    ['a', '1'],
    ['b', 'x=y'],
    ['c', ''],
  ]);
  expect(entries('a<<EOF\none\n\ntwo\nEOF\nb=<<x')).toEqual([
    ['a', 'one\n\ntwo'],
    ['b', '<<x'],
  ]);
  expect(entries('a<<E\nE\n')).toEqual([['a', '']]);
  expect(entries('a<<E=F\nx\nE=F\n')).toEqual([['a', 'x']]);
  expect(entries('')).toEqual([]);
});

test('what is no entry is refused in words', () => {
  expect(entries('just text')).toBe("Invalid format 'just text': it is neither name=value nor name<<DELIMITER");
  expect(entries('=x')).toContain('no name before the =');
  expect(entries('<<E\nE')).toContain('must not be empty');
  expect(entries('a<<\nx\n')).toContain('must not be empty');
  expect(entries('a<<E\nx\nE \n')).toBe("Invalid value of 'a': the line 'E' that should end it is missing");
  expect(entries(`${'x'.repeat(500)}`)!.length).toBeLessThan(200);
});

test('whatever value a program writes between delimiters, it is read back', () => {
  const value = fc.array(fc.constantFrom('a', '=', '<<', '\n', '\r', 'é', ' ')).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(value), (values) => {
      const text = values.map((one, index) => `n${index}<<ghadelimiter_7\n${one}\nghadelimiter_7\n`).join('');
      expect(entries(text)).toEqual(values.map((one, index) => [`n${index}`, one]));
    }),
  );
});

test('paths are lines', () => {
  expect(parsePaths('/a\r\n\n/b c\n')).toEqual(['/a', '/b c']);
});

test('words are split as a shell does, with quotes', () => {
  expect(splitWords('-e {0}')).toEqual(['-e', '{0}']);
  expect(splitWords(`-command ". '{0}'"  'a b' c"d e"`)).toEqual(['-command', ". '{0}'", 'a b', 'cd e']);
});

test('the shell that nobody named is bash, or sh where there is none', () => {
  const find = (program: string) => which(program, process.env.PATH ?? '');
  const bash = findShell('', find);
  expect(bash).toMatchObject({ shown: expect.stringMatching(/\/bash -e \{0\}$/), extension: '.sh' });
  expect(findShell('', () => undefined)).toEqual({ error: 'the shell sh is not installed here, or not on the PATH' });
  const named = findShell('bash', find);
  expect('error' in named ? [] : named.command('/t/x.sh').slice(1)).toEqual([
    ...['--noprofile', '--norc', '-e', '-o', 'pipefail', '/t/x.sh'],
  ]);
});
