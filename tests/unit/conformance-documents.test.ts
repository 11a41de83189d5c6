import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { casesWithSteps, readCases } from '../conformance/read-cases.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/workflows.md'), 'utf8');

test('docs/workflows.md lists every conformance case with what it shows and its verdict, and no other', () => {
  const rows = text.split('\n').filter((line) => line.includes('](../tests/conformance/cases/'));
  const wanted = readCases().map(({ name, what, expect: verdict, steps }) => {
    const [file, more] = [`../tests/conformance/cases/${name}.yml`, `../tests/conformance/cases/${name}.steps.yaml`];
    return `| [${name}](${file})${steps === undefined ? '' : ` [steps](${more})`} | ${what.replaceAll('|', '\\|')} | ${verdict} |`;
  });
  expect(rows).toEqual(wanted);
});

test('the table of keys names the cases that prove each of them, and every case proves one', () => {
  const [head = '', , ...rows] = text.slice(text.indexOf('| key | supported |')).split('\n\n', 1).join('').split('\n');
  expect(head).toBe('| key | supported | difference from GitHub | cases |');
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const named = cells.map(([, key, , , cases = '']) => ({
    key,
    cases: [...cases.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  }));
  const known = readCases()
    .map(({ name }) => name)
    .sort();
  expect([...new Set(named.flatMap(({ cases }) => cases))].sort()).toEqual(known);
  // these come from a forge alone, in the shapes that each of them has
  expect(named.filter(({ cases }) => cases.length === 0).map(({ key }) => key)).toEqual(['other events with `types`']);
});

test.each(casesWithSteps().map(({ name, steps }) => [name, steps.here]))(
  'the case %s, which a server alone can show, says why signalbox run cannot',
  (_, why) => {
    expect(why).toMatch(/signalbox run/);
  },
);

test('every file of steps belongs to a workflow file', () => {
  const files = readdirSync(join(import.meta.dirname, '../conformance/cases'));
  const named = files.filter((file) => file.endsWith('.steps.yaml')).map((file) => file.replace('.steps.yaml', ''));
  expect(named).toEqual(casesWithSteps().map(({ name }) => name));
});
