import fc from 'fast-check';
import { expect, test } from 'vitest';
import { incompleteTail } from '../../src/web/utf8.ts';

test.each([
  ['', 0],
  ['61', 0],
  ['c3', 1],
  ['c3a9', 0],
  ['e282', 2],
  ['61e2', 1],
  ['f09f98', 3],
  ['f09f9880', 0],
  ['ff', 0],
  ['8080', 0],
  ['c0', 0],
  ['f5', 0],
])('%s ends with %s bytes of a character that is not whole', (hex, expected) => {
  expect(incompleteTail(Buffer.from(hex, 'hex'))).toBe(expected);
});

test('text that is cut before an incomplete character is the same when put together', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
      const bytes = Buffer.from(text);
      const first = bytes.subarray(0, at % (bytes.length + 1));
      const whole = first.length - incompleteTail(first);
      expect(bytes.subarray(0, whole).toString() + bytes.subarray(whole).toString()).toBe(text);
    }),
  );
});
