import { expect, test } from 'vitest';
import { riskiestFirst, riskOfPath } from '../../src/model/risky-paths.ts';

test.each([
  ['.github/workflows/ci.yml', 'workflow'],
  ['.github/actions/setup/index.js', 'workflow'],
  ['tools/action.yaml', 'workflow'],
  ['package.json', 'install'],
  ['packages/web/.npmrc', 'install'],
  ['requirements-dev.txt', 'install'],
  ['tests/conftest.py', 'install'],
  ['Makefile', 'install'],
  ['gradle/wrapper/gradle-wrapper.jar', 'install'],
  ['src/Dockerfile.ci', 'install'],
  ['src/makefile-parser.ts', null],
  ['docs/package.json.md', null],
  ['.github/CODEOWNERS', null],
  ['src/reaction.yml.ts', null],
])('of %s it is said %s', (path, risk) => {
  expect(riskOfPath(path)).toBe(risk);
});

test('what runs by itself stands before other code', () => {
  const paths = ['a.ts', 'Cargo.toml', 'b.ts', '.github/workflows/z.yml'];
  expect(riskiestFirst(paths).map(({ path }) => path)).toEqual([
    '.github/workflows/z.yml',
    'Cargo.toml',
    'a.ts',
    'b.ts',
  ]);
});
