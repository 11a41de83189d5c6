import { describe, expect, test } from 'vitest';
import { harmless, oneLine, TextCleaner } from '../../src/cli/harmless.ts';

describe('text from elsewhere', () => {
  test.each([
    ['a window title', 'a\u001b]0;evil\u0007b', 'ab'],
    ['a clipboard write, ended by ST', 'a\u001b]52;c;ZXZpbA==\u001b\\b', 'ab'],
    ['a link', '\u001b]8;;javascript:alert(1)\u0007x\u001b]8;;\u0007', 'x'],
    ['a cursor movement', 'a\u001b[2J\u001b[1;1Hb', 'ab'],
    ['a device control string', 'a\u001bPq#0\u001b\\b', 'ab'],
    ['eight-bit sequences', 'a\u009b31mb\u009d0;t\u009cc', 'abc'],
    ['a reset', 'a\u001bcb', 'ab'],
    ['a character set', 'a\u001b(0b', 'ab'],
    ['bells and backspaces', 'a\u0007\bb\u0000c', 'abc'],
    ['a turned direction', 'a\u202eb\u2066c', 'abc'],
    ['a title without an end, up to the end of its line', 'a\u001b]0;t\nb', 'a\nb'],
    ['a string that is broken off by another sequence', '\u001b]0;t\u001b[31mx', 'x'],
  ])('loses %s', (_, text, expected) => {
    expect(harmless(text)).toBe(expected);
  });

  test('keeps words of every script, tabs and line ends', () => {
    const text = 'Grüße\t日本\n👍🏽\r\n';
    expect(harmless(text)).toBe(text);
  });

  test('keeps colours where there are to be colours, and only them', () => {
    expect(harmless('\u001b[1;31mred\u001b[0m\u001b[2K', true)).toBe('\u001b[1;31mred\u001b[0m');
    expect(harmless('\u001b[1;31mred\u001b[0m')).toBe('red');
  });

  test('is put on one line', () => {
    expect(oneLine(' a\n  b\u001b[31m\tc ')).toBe('a b c');
  });
});

test('a text cut anywhere is cleaned like the whole', () => {
  const text = 'a\u001b[31mb\u001b]0;title\u001b\\c\u001b[0m\u202ed\u001b]52;c;x\u0007e';
  for (let cut = 0; cut <= text.length; cut++) {
    const cleaner = new TextCleaner(true);
    expect(cleaner.push(text.slice(0, cut)) + cleaner.push(text.slice(cut))).toBe(harmless(text, true));
  }
});

test('a sequence without an end is thrown away without being kept in memory', () => {
  const cleaner = new TextCleaner(true);
  expect(cleaner.push(`\u001b[${'1;'.repeat(1e6)}`)).toBe('');
  expect(cleaner.push('mx')).toBe('x');
});
