import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCases } from '../conformance/read-cases.ts';

test('docs/workflows.md lists every conformance case with what it shows and its verdict, and no other', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/workflows.md'), 'utf8');
  const rows = text.split('\n').filter((line) => line.includes('](../tests/conformance/cases/'));
  const wanted = readCases().map(({ name, what, expect: verdict }) => {
    return `| [${name}](../tests/conformance/cases/${name}.yml) | ${what.replaceAll('|', '\\|')} | ${verdict} |`;
  });
  expect(rows).toEqual(wanted);
});
