import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { hashFiles } from '../../src/runner/workflow/hash-files.ts';
import { tempDir } from '../support/temp.ts';

const FILES = [
  'package-lock.json',
  'a/package-lock.json',
  'a-b/package-lock.json',
  'a/node_modules/x/package-lock.json',
];
const MORE = ['src/main.ts', 'src/deep/er.ts', '.hidden/x.yml', 'b c/x.yml', 'README.md'];

async function workspace() {
  const dir = await tempDir('signalbox-hash-');
  const path = realpathSync(dir.path);
  for (const name of [...FILES, ...MORE]) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), `content of ${name}`);
  }
  return { path, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

/** What GitHub makes of these files, in this order. */
function expected(...names: string[]): string {
  const hash = createHash('sha256');
  for (const name of names) hash.update(createHash('sha256').update(`content of ${name}`).digest());
  return hash.digest('hex');
}

test('the hash is that of the hashes of the files, in the order in which they are found', async () => {
  await using work = await workspace();
  const of = (...patterns: string[]) => hashFiles(work.path, patterns);
  expect(of('package-lock.json')).toBe(expected('package-lock.json'));
  expect(of('**/package-lock.json')).toBe(
    expected('a/node_modules/x/package-lock.json', 'a/package-lock.json', 'a-b/package-lock.json', 'package-lock.json'),
  );
  expect(of('**/package-lock.json', '!**/node_modules/**')).toBe(
    expected('a/package-lock.json', 'a-b/package-lock.json', 'package-lock.json'),
  );
  expect(of('src/*.ts', 'README.md')).toBe(expected('src/main.ts', 'README.md'));
  expect(of('README.md', 'src/*.ts')).toBe(expected('README.md', 'src/main.ts'));
  expect(of('src')).toBe(expected('src/deep/er.ts', 'src/main.ts'));
  expect(of('**/*.yml')).toBe(expected('.hidden/x.yml', 'b c/x.yml'));
  expect(of(`${work.path}/src/*.ts`)).toBe(expected('src/main.ts'));
  expect(of('./src/main.ts', '# comment', '')).toBe(expected('src/main.ts'));
  expect(of('src/**\n!src/deep/**')).toBe(expected('src/main.ts'));
  expect(of('src/**', '!src/**', 'src/main.ts')).toBe(expected('src/main.ts'));
});

test('where no file fits the hash is empty', async () => {
  await using work = await workspace();
  for (const patterns of [
    ['nothing'],
    ['**/*.nothing'],
    ['!README.md'],
    [''],
    ['/etc/hostname'],
    ['../**/zzz'],
    ['/**/hostname'],
  ])
    expect(hashFiles(work.path, patterns)).toBe('');
});

test('a link counts as the file it leads to, and folders behind links do not count', async () => {
  await using work = await workspace();
  symlinkSync(join(work.path, 'README.md'), join(work.path, 'link.md'));
  symlinkSync(join(work.path, 'src'), join(work.path, 'more'));
  symlinkSync('/nowhere', join(work.path, 'broken.md'));
  expect(hashFiles(work.path, ['*.md'])).toBe(expected('README.md', 'README.md'));
  expect(hashFiles(work.path, ['more/**'])).toBe('');
});
