import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '../../src');

test('the program is ASCII once it is built, as whoever loads it takes for granted', () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  // strings are escaped by the build, regular expressions are not
  const others = files.filter((name) => {
    const text = readFileSync(join(SOURCES, name), 'utf8');
    const isOther = (code: string) => /[^\0-\x7f]/.test(code);
    return isOther(text) && isOther(transformSync(text, { loader: 'ts', minifyWhitespace: true }).code);
  });
  expect(others).toEqual([]);
});
