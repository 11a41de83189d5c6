import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MaskStream, Masks } from '../../src/runner/workflow/masker.ts';

function masksOf(...secrets: string[]): Masks {
  const masks = new Masks();
  for (const secret of secrets) {
    masks.add(secret);
    masks.mask(''); // so that each comes in its own time
  }
  return masks;
}

/** What comes out when `text` goes in, cut at these places. */
function streamed(masks: Masks, bytes: Buffer, cuts: readonly number[]): string {
  const written: Buffer[] = [];
  const stream = new MaskStream(masks, (part) => written.push(Buffer.from(part)));
  const places = [...cuts, bytes.length].map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b);
  let from = 0;
  for (const to of places) {
    stream.push(bytes.subarray(from, to));
    from = to;
  }
  stream.flush();
  return Buffer.concat(written).toString();
}

test('a secret is replaced by stars wherever it stands', () => {
  expect(masksOf('s3cret').mask('a s3cret, and s3crets3cret again s3cre')).toBe('a ***, and *** again s3cre');
});

test('each line of a secret is masked by itself', () => {
  const masks = masksOf('first line\r\nsecond line\n');
  expect(masks.mask('x first line y')).toBe('x *** y');
  expect(masks.mask('second line\nother')).toBe('***\nother');
  expect(masks.mask(JSON.stringify({ key: 'first line\r\nsecond line\n' }))).not.toContain('line');
});

test('a secret is masked as base64, whatever stands before and after it', () => {
  const masks = masksOf('correct horse battery');
  for (const before of ['', 'u', 'us', 'use', 'user:'])
    for (const after of ['', '\n', '!', '??']) {
      const encoded = Buffer.from(`${before}correct horse battery${after}`).toString('base64');
      expect(masks.mask(encoded)).toMatch(/^[A-Za-z0-9+/]{0,8}\*\*\*[A-Za-z0-9+/=]{0,6}$/);
    }
});

test('base64 that was broken into lines is masked', () => {
  const secret = 'x'.repeat(30) + 'The quick brown fox jumps over the lazy dog. '.repeat(3);
  const encoded = Buffer.from(secret).toString('base64').replace(/.{76}/g, '$&\n');
  expect(masksOf(secret).mask(encoded)).toMatch(/^(\*\*\*\n?)+$/);
});

test('a secret is masked as it stands in JSON, in a URL, in XML and in quotes', () => {
  const secret = 'p"a/s s&<w>';
  const masks = masksOf(secret, `"quoted"`);
  const forms = [
    JSON.stringify({ secret }),
    `https://x/?q=${encodeURIComponent(secret)}`,
    'p&quot;a/s s&amp;&lt;w&gt;',
  ];
  for (const form of forms) expect(masks.mask(form)).toContain('***');
  for (const form of forms) expect(masks.mask(form)).not.toMatch(/w/);
  expect(masks.mask('is quoted here')).toBe('is *** here');
});

test('white space is never masked', () => {
  const masks = masksOf('', '  ', '\n\n');
  expect(masks.isEmpty).toBe(true);
  expect(masksOf('a\n \nb').mask('1 2')).toBe('1 2');
});

test('a secret that comes in pieces is masked like one that comes whole', () => {
  const secret = fc.array(fc.constantFrom('a', 'b', 'ab', 'é', '/'), { minLength: 1, maxLength: 6 });
  const text = fc.array(fc.constantFrom('a', 'b', 'ab', 'é', '/', '\n', 'x', 'aab', 'bab'), { maxLength: 60 });
  fc.assert(
    fc.property(fc.array(secret, { maxLength: 4 }), text, fc.array(fc.nat(120)), (secrets, parts, cuts) => {
      const masks = masksOf(...secrets.map((pieces) => pieces.join('')));
      const bytes = Buffer.from(parts.join(''));
      expect(streamed(masks, bytes, cuts)).toBe(masks.mask(bytes.toString()));
    }),
    { numRuns: 500 },
  );
});

test('nothing of a masked text is a secret', () => {
  const letters = fc.constantFrom('a', 'b', 'c');
  const word = fc.array(letters, { minLength: 2, maxLength: 5 }).map((all) => all.join(''));
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.array(letters, { maxLength: 80 }),
      (secrets, text) => {
        const masked = masksOf(...secrets).mask(text.join(''));
        for (const secret of secrets) expect(masked).not.toContain(secret);
      },
    ),
  );
});

test('a line that is not complete can be seen, but for what may be the beginning of a secret', () => {
  const written: string[] = [];
  const stream = new MaskStream(masksOf('password1'), (bytes) => written.push(bytes.toString()));
  stream.push(Buffer.from('Enter passw'));
  expect(written.join('')).toBe('Enter ');
  stream.push(Buffer.from('ord: '));
  expect(written.join('')).toBe('Enter password: ');
});

test('masks that are added one by one are as quick as those that are there from the beginning', () => {
  const masks = new Masks();
  const startMs = performance.now();
  for (let count = 0; count < 3_000; count++) {
    masks.add(`value number ${count}`);
    expect(masks.mask(`it is value number ${count}; not value nu`)).toBe('it is ***; not value nu');
  }
  expect(performance.now() - startMs).toBeLessThan(5_000);
  expect(masks.mask('value number 7 and value number 2999')).toBe('*** and ***');
  expect(() => masks.add('x'.repeat(10_000_000))).toThrow('more is masked than can be searched for');
});

test('a secret that is added while another is being printed is masked from there on', () => {
  const masks = masksOf('first');
  const written: string[] = [];
  const stream = new MaskStream(masks, (bytes) => written.push(bytes.toString()));
  stream.push(Buffer.from('x fir'));
  masks.add('second');
  stream.push(Buffer.from('st second\n'));
  expect(written.join('')).toBe('x *** ***\n');
});

test('a long secret of many lines is searched for in linear time', () => {
  const lines = Array.from({ length: 600 }, (_, at) => `line ${at} of a very long secret that is some ${at ** 3} wide`);
  const masks = masksOf(lines.join('\n'));
  const text = Buffer.from('nothing to see here, line by line\n'.repeat(30_000));
  const startMs = performance.now();
  expect(streamed(masks, text, [])).toBe(text.toString());
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
