import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('.ts'),
);

test('every error code is explained in docs/errors.md, and nothing else is', () => {
  const used = sources.flatMap((path) =>
    [...read('src', path).matchAll(/'(E_[A-Z_]*[A-Z])'/g)].map(([, code]) => code),
  );
  const explained = [...read('docs', 'errors.md').matchAll(/^## (E_\w+)$/gm)].map(([, code]) => code);
  expect(explained).toEqual([...new Set(used)].sort());
});

test('every command that the README types is there', () => {
  const readme = read('README.md');
  const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
  const typed = [...readme.matchAll(/`?npm (?:run ([a-z][\w:-]*)|(start|test)\b)/g)].map(([, run, own]) => run ?? own);
  expect(typed.length).toBeGreaterThan(5);
  expect(scripts).toEqual(expect.arrayContaining([...new Set(typed)]));
  const commands = [...readme.matchAll(/bin\/signalbox\.mjs ([a-z][a-z-]*)/g)].map(([, command]) => command);
  const known = COMMANDS.flatMap(([, declarations]) => declarations.map(({ usage }) => usage.split(' ')[0]));
  expect(commands.length).toBeGreaterThan(3);
  expect(known).toEqual(expect.arrayContaining([...new Set(commands)]));
});

test('every document and picture that the README and ARCHITECTURE link to is there', () => {
  for (const document of ['README.md', 'ARCHITECTURE.md']) {
    const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path ?? '');
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(() => readdirOrFile(link), `${document} links to ${link}`).not.toThrow();
  }
});

function readdirOrFile(path: string): void {
  if (/\.\w+$/.test(path)) readFileSync(join(root, path));
  else readdirSync(join(root, path));
}
