import fc from 'fast-check';
import { expect, test } from 'vitest';
import { markHits, piecesOf, readable } from '../../web/src/log/ansi.ts';

const drawn = (line: string) =>
  piecesOf(line).map(({ text, className }) => (className ? `<${className}>${text}` : text));
const text = (line: string) =>
  piecesOf(line)
    .map((piece) => piece.text)
    .join('');

test('basic colours become classes', () => {
  expect(drawn('\u001b[1;31mbad\u001b[0m fine')).toEqual(['<b f1>bad', ' fine']);
  expect(drawn('\u001b[42;97mx\u001b[m')).toEqual(['<f7 g2>x']);
  expect(drawn('\u001b[90mx\u001b[100my')).toEqual(['<f8>x', '<f8 g8>y']);
});

test('a badge in inverse has the colour of its text as its background', () => {
  expect(drawn('\u001b[7m\u001b[1m\u001b[31m FAIL \u001b[39m\u001b[22m\u001b[27m a.test.js')).toEqual([
    '<b g1> FAIL ',
    ' a.test.js',
  ]);
  expect(drawn('\u001b[7mx\u001b[33;44my')).toEqual(['<g7>x', '<f4 g3>y']);
});

test('text is struck through until it is not', () => {
  expect(drawn('\u001b[9mold\u001b[29m new')).toEqual(['<s>old', ' new']);
});

test('an underline has a kind, 0 of which is none', () => {
  expect(drawn('\u001b[4:3mx\u001b[4:0my')).toEqual(['<u>x', 'y']);
  expect(drawn('\u001b[4;58:5:1;9mx')).toEqual(['<u s>x']);
});

test.each([
  ['38;5;2', 'f2'],
  ['38;5;8', 'f8'],
  ['38;5;208', 'f3'], // orange
  ['38;5;213', 'f5'], // pink
  ['38;5;240', 'f8'],
  ['38;5;255', 'f7'],
  ['48;5;27', 'g4'],
  ['38;2;220;50;47', 'f1'],
  ['38;2;0;200;200', 'f6'],
  ['48;2;133;153;0', 'g3'],
  ['1;38;2;1;2;3;4', 'b u'],
  ['38:5:208', 'f3'],
  ['38:2::220:50:47', 'f1'],
  ['38:2:0:200:200', 'f6'],
  ['48:2::133:153:0', 'g3'],
  ['1;38:5:2;48:5:27;3', 'b i f2 g4'],
])('the colour %s becomes the nearest of those that can be read in both themes', (codes, className) => {
  expect(drawn(`\u001b[${codes}mx`)).toEqual([`<${className}>x`]);
});

test.each([
  ['a link', '\u001b]8;;javascript:alert(1)\u0007text\u001b]8;;\u0007'],
  ['a link that ends with ST', '\u001b]8;;http://evil\u001b\\text\u001b]8;;\u001b\\'],
  ['a title', '\u001b]0;title\u0007text'],
  ['the clipboard', '\u001b]52;c;ZXZpbA==\u0007text'],
  ['a device string', '\u001bP$q"p\u001b\\text'],
  ['cursor movements', '\u001b[2J\u001b[1;1H\u001b[?25ltext\u001b[K'],
  ['a character set', '\u001b(Btext'],
  ['a sequence of one byte', '\u009b31mtext'],
])('%s is taken out', (_name, line) => {
  expect(text(line)).toBe('text');
});

test('what begins like a sequence and does not end hides nothing', () => {
  expect(text('\u001b]8;;evil hidden')).toBe(']8;;evil hidden'.slice(1));
});

test('control characters and turned directions are made visible', () => {
  expect(text('a\u0000b\u202ec\u0008')).toBe('a\ufffdb\ufffdc\ufffd');
});

test('no text whatever leaves a control character in what is shown', () => {
  const parts = fc.array(fc.oneof(fc.constantFrom('\u001b[', '\u001b]', '31m', '\u0007', '\u001b\\'), fc.string()));
  fc.assert(
    fc.property(parts, (all) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(text(all.join(''))).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }),
  );
});

test('commands of a runner are words with a colour', () => {
  expect(readable('##[error]Process completed with exit code 1.')).toEqual([
    { text: 'Error: ', className: 'f1' },
    { text: 'Process completed with exit code 1.', className: 'f1' },
  ]);
  expect(readable('##[unknown]x')).toEqual([{ text: '##[unknown]x', className: '' }]);
});

test('what was searched for is marked, also over the borders of colours', () => {
  const pieces = piecesOf('an \u001b[31matt\u001b[0mempt, Attempt');
  expect(markHits(pieces, 'attempt').map((piece) => (piece.isHit ? `[${piece.text}]` : piece.text))).toEqual([
    'an ',
    '[att]',
    '[empt]',
    ', ',
    '[Attempt]',
  ]);
  expect(markHits(pieces, 'Attempt').filter(({ isHit }) => isHit)).toHaveLength(1);
});
