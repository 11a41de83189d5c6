import { describe, expect, test } from 'vitest';
import { findTests } from '../../src/workflow/find-tests.ts';
import { treeOf } from '../support/tree.ts';

const settings = { dir: '', envPass: [], logLimitBytes: 1000, timeoutMs: 1000 };
const commandsOf = async (files: Record<string, string>, dir = '') => {
  const plan = await findTests(treeOf(files), { ...settings, dir });
  return plan.jobs.map((job) => job.spec.steps.map((step) => step.command.join(' ')).join(' && '));
};
const onlyJob = async (files: Record<string, string>, dir = '') => {
  const [job] = (await findTests(treeOf(files), { ...settings, dir })).jobs;
  if (job === undefined) throw new Error('no job was found');
  return job;
};

const withTest = (more: object = {}) => JSON.stringify({ scripts: { test: 'vitest run' }, ...more });

/** Two packages with tests, one with the placeholder of npm, one without any. */
const PACKAGES = {
  'packages/a/package.json': withTest(),
  'packages/b/package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}',
  'packages/c/package.json': '{}',
  'packages/d/readme': '',
  'tool/package.json': withTest(),
};

describe('one kind of tests', () => {
  test.each<[string, Record<string, string>, string]>([
    ['an executable ci.sh', { 'ci.sh': '#!/bin/sh' }, './ci.sh'],
    ['a test script of npm', { 'package.json': withTest() }, 'npm test'],
    ['a test script and the lock of pnpm', { 'package.json': withTest(), 'pnpm-lock.yaml': '' }, 'pnpm test'],
    ['a packageManager field', { 'package.json': withTest({ packageManager: 'yarn@4.1.0' }) }, 'yarn test'],
    ['bun, whose own `bun test` is another thing', { 'package.json': withTest(), 'bun.lock': '' }, 'bun run test'],
    ['a folder of unittest files', { 'tests/test_a.py': '' }, 'python3 -m unittest discover -v -s tests'],
    ['unittest in the root', { 'test_a.py': 'import unittest\n' }, 'python3 -m unittest discover -v'],
    ['tests that are functions', { 'tests/test_a.py': 'def test_a():\n    assert 1\n' }, 'python3 -m pytest'],
    ['tests in classes of nothing', { 'a_test.py': 'class TestA:\n    def test_a(self): pass\n' }, 'python3 -m pytest'],
    ['a package.json with a byte order mark', { 'package.json': `\ufeff${withTest()}` }, 'npm test'],
    [
      'a test script beside odd entries',
      { 'package.json': '{"scripts":{"test":"x","y":null},"packageManager":5}' },
      'npm test',
    ],
    ['pytest.ini', { 'pytest.ini': '[pytest]' }, 'python3 -m pytest'],
    ['pytest in pyproject.toml', { 'pyproject.toml': '[tool.pytest.ini_options]' }, 'python3 -m pytest'],
    ['tests/conftest.py', { 'tests/conftest.py': '', 'tests/test_a.py': '' }, 'python3 -m pytest'],
    ['a Makefile with a target test', { Makefile: 'all:\n\techo\ntest: all\n\ttrue\n' }, 'make test'],
    [
      'a test script of packages of npm, whose root has none',
      { ...PACKAGES, 'package.json': '{"workspaces":["./packages/*","tool","!packages/x"]}', 'package-lock.json': '' },
      'npm test --workspace=packages/a --workspace=tool',
    ],
    [
      'test scripts of packages at any depth, by parts of names, and but for some',
      {
        ...{
          'package-lock.json': '',
          'libs/deep/er/package.json': withTest(),
          'libs/node_modules/x/package.json': withTest(),
        },
        ...{ 'apps/one/core/package.json': withTest(), 'apps/one/rest/package.json': withTest() },
        ...{
          'pkg/lib-a/package.json': withTest(),
          'pkg/lib-b/package.json': withTest(),
          'pkg/c/package.json': withTest(),
        },
        'package.json': '{"workspaces":["libs/**","apps/*/core","pkg/lib-*","!pkg/lib-b","../out","."]}',
      },
      'npm test --workspace=libs/deep/er --workspace=apps/one/core --workspace=pkg/lib-a',
    ],
    [
      'a test script of packages of pnpm',
      { ...PACKAGES, 'package.json': '{}', 'pnpm-lock.yaml': '', 'pnpm-workspace.yaml': 'packages: ["packages/*", .]' },
      'pnpm --filter=./packages/a run test',
    ],
    [
      'test scripts of packages of yarn',
      { ...PACKAGES, 'package.json': '{"workspaces":{"packages":["packages/*","tool"]}}', 'yarn.lock': '' },
      'yarn --cwd packages/a run test && yarn --cwd tool run test',
    ],
    [
      'a test script of packages of bun',
      { ...PACKAGES, 'package.json': '{"workspaces":["packages/*"]}', 'bun.lock': '' },
      'bun run --filter=./packages/a test',
    ],
    ['a rule for several targets', { Makefile: 'lint test: all\n\ttrue\n' }, 'make test'],
    ['a rule over two lines', { Makefile: 'lint \\\n  test:\n\ttrue\n' }, 'make test'],
    [
      'a target of what a Makefile includes',
      { Makefile: 'include mk/a.mk\n', 'mk/a.mk': '-include ./mk/b.mk # more\n', 'mk/b.mk': 'test:\n\ttrue\n' },
      'make test',
    ],
    [
      'a target beside a folder of its name',
      { Makefile: 'test:\n\ttrue\n', 'test/a.c': '' },
      'make --eval=.PHONY:test test',
    ],
    [
      'a phony target beside a folder of its name',
      { Makefile: '.PHONY: lint test\nlint test:\n\ttrue\n', 'test/a.c': '' },
      'make test',
    ],
    ['a Makefile that is a link', { Makefile: '-> build/Makefile', 'build/Makefile': 'test:\n' }, 'make test'],
    [
      'a ci.sh that is a link',
      { 'ci.sh': '-> ./scripts/ci', 'scripts/ci': '-> ci.sh', 'scripts/ci.sh': '#!' },
      './ci.sh',
    ],
    ['Cargo.toml with its lock', { 'Cargo.toml': '', 'Cargo.lock': '' }, 'cargo test --locked'],
    ['go.mod', { 'go.mod': 'module x' }, 'go test ./...'],
    ['pom.xml', { 'pom.xml': '<project/>' }, 'mvn --batch-mode test'],
    ['pom.xml with a wrapper', { 'pom.xml': '<project/>', mvnw: '#!/bin/sh' }, './mvnw --batch-mode test'],
    ['build.gradle.kts', { 'build.gradle.kts': '' }, 'gradle --console=plain --no-daemon test'],
    ['a Gemfile with spec/', { Gemfile: '', 'spec/a_spec.rb': '' }, 'bundle install --quiet && bundle exec rspec'],
    ['phpunit.xml.dist', { 'phpunit.xml.dist': '' }, 'phpunit --log-junit junit.xml'],
    ['a solution of .NET', { 'App.sln': '' }, 'dotnet test App.sln'],
    ['Perl tests', { 't/a.t': '' }, 'prove -lr t'],
    ['mix.exs', { 'mix.exs': '' }, 'mix test'],
    [
      'CMake with testing enabled',
      { 'CMakeLists.txt': 'project(x)\nenable_testing()' },
      'cmake -B build && cmake --build build && ctest --test-dir build --output-on-failure --output-junit junit.xml',
    ],
  ])('%s is found', async (_, files, command) => {
    expect(await commandsOf(files)).toEqual([command]);
  });

  test.each<[string, Record<string, string>]>([
    [
      'the placeholder of npm init',
      { 'package.json': '{"scripts":{"test":"echo \\"Error: no test specified\\" && exit 1"}}' },
    ],
    ['a Makefile that only sets a variable test', { Makefile: 'test := 1\ntest ::= 2\nX = test: a\n# test:\n' }],
    ['a Makefile that only names test in a recipe', { Makefile: 'all:\n\t-test: x\n' }],
    ['a Python file in the root that only has the name', { 'test_data.py': 'x = 1\n' }],
    ['a folder tests without Python tests', { 'tests/readme.md': '' }],
    ['a file that is called tests', { tests: '' }],
    ['CMake without tests', { 'CMakeLists.txt': 'project(x)' }],
    ['nothing at all', { 'readme.md': '' }],
  ])('%s is no test', async (_, files) => {
    const plan = await findTests(treeOf(files), settings);
    expect(plan.jobs).toEqual([]);
    expect(plan.skipped).toMatch(/^no tests were found in the root: no executable ci\.sh, no package\.json/);
  });
});

test('a package.json that cannot be read is an error, whatever else is there', async () => {
  for (const text of ['<<<<<<< HEAD\n{}', '{"scripts":', '[]']) {
    const plan = await findTests(treeOf({ 'package.json': text, Makefile: 'test:\n\ttrue\n' }), settings);
    expect(plan).toMatchObject({ jobs: [], error: expect.stringMatching(/^package\.json cannot be read: .*mended$/s) });
  }
});

test('packages that are tested are named, and one that cannot be read is an error', async () => {
  const root = { 'package.json': '{"workspaces":["packages/*"]}' };
  const { found } = (await onlyJob({ ...PACKAGES, ...root })).spec;
  expect(found).toBe('packages/a: package.json has a test script: npm test --workspace=packages/a');
  const { error } = await findTests(treeOf({ ...root, 'packages/a/package.json': '[]' }), settings);
  expect(error).toMatch(/^packages\/a\/package\.json cannot be read: /);
});

describe('several things at once', () => {
  test('an executable ci.sh wins over all', async () => {
    expect(await commandsOf({ 'ci.sh': '#!/bin/sh', 'package.json': withTest(), 'go.mod': '' })).toEqual(['./ci.sh']);
  });

  test('several kinds are several jobs of one run', async () => {
    const plan = await findTests(treeOf({ 'package.json': withTest(), 'go.mod': '', 'tests/test_a.py': '' }), settings);
    expect(plan.jobs.map((job) => job.key)).toEqual(['node', 'python', 'go']);
  });

  test('a ci.sh that is not executable is named in the reason', async () => {
    const plan = await findTests(treeOf({ 'ci.sh': 'exit 0' }), settings);
    expect(plan.skipped).toContain('ci.sh is there but not executable (git update-index --chmod=+x ci.sh)');
  });

  test.each<[string, Record<string, string>, string]>([
    ['a folder', { 'ci.sh/a': '' }, 'ci.sh is a folder, not an executable file,'],
    ['a link out of the commit', { 'ci.sh': '-> ../ci.sh' }, 'ci.sh is a link that leads to no file of the commit,'],
    ['a link to itself', { 'ci.sh': '-> ci.sh' }, 'ci.sh is a link that leads to no file of the commit,'],
    [
      'a link to what is not executable',
      { 'ci.sh': '-> bin/ci', 'bin/ci': '' },
      'ci.sh is there but not executable (git update-index --chmod=+x bin/ci),',
    ],
  ])('a ci.sh that is %s is named in the reason', async (_, files, words) => {
    expect((await findTests(treeOf(files), settings)).skipped).toContain(words);
  });

  test('files that a Makefile includes and that were not read are named in the reason', async () => {
    const Makefile = 'include $(TOP)/rules.mk ../common.mk\n-include none.mk\n';
    const { skipped } = await findTests(treeOf({ Makefile }), settings);
    expect(skipped).toContain('(Makefile includes $(TOP)/rules.mk, ../common.mk, none.mk, not read here)');
  });

  test('a folder of a monorepo is looked at instead of the root', async () => {
    const files = { 'package.json': withTest(), 'services/api/go.mod': '' };
    const job = await onlyJob(files, 'services/api');
    expect(job.spec.steps).toEqual([{ name: 'go test ./...', command: ['go', 'test', './...'], dir: 'services/api' }]);
  });

  test('a folder that is not there is named in the reason', async () => {
    const plan = await findTests(treeOf({ 'go.mod': '' }), { ...settings, dir: 'api' });
    expect(plan.skipped).toBe('no tests were found: there is no folder api in this commit');
  });

  test.each(['', 'api'])('submodules, which are not checked out, are told of (folder "%s")', async (dir) => {
    const files = { '.gitmodules': '', 'go.mod': 'module x', 'api/go.mod': 'module y' };
    expect((await onlyJob(files, dir)).spec.found).toMatch(
      /: go test \.\/\.\.\.; submodules are not checked out: a workflow/,
    );
  });

  test('a commit without any file is said to be that', async () => {
    const plan = await findTests(treeOf({}), settings);
    expect(plan.skipped).toBe('no tests were found: there are no files in this commit');
  });
});

describe('dependencies', () => {
  const dependencies = { devDependencies: { vitest: '4' } };

  test('of an npm project are installed from its lock file, which decides the snapshot', async () => {
    const job = await onlyJob({ 'package.json': withTest(dependencies), 'package-lock.json': '{}', '.npmrc': '' });
    expect(job.spec.install).toEqual({
      step: { name: 'npm ci --no-audit --no-fund', command: ['npm', 'ci', '--no-audit', '--no-fund'] },
      keyFiles: ['package-lock.json', 'package.json', '.npmrc'],
      toolVersions: [['node', '--version']],
      directories: ['node_modules'],
    });
  });

  test('of a project without any are not installed', async () => {
    expect((await onlyJob({ 'package.json': withTest() })).spec.install).toBeUndefined();
  });

  test('of the packages of a monorepo belong to the snapshot', async () => {
    const files = {
      'package.json': withTest({ workspaces: ['packages/*', 'tool'] }),
      'packages/a/package.json': '{}',
      'packages/b/package.json': '{}',
      'packages/c/README': '',
      'tool/package.json': '{}',
    };
    const { install } = (await onlyJob(files)).spec;
    expect(install?.directories).toEqual([
      'node_modules',
      'packages/a/node_modules',
      'packages/b/node_modules',
      'tool/node_modules',
    ]);
  });

  test("a project's own install scripts run after a snapshot was restored", async () => {
    const scripts = { scripts: { test: 'x', prepare: 'husky' } };
    const { install } = (await onlyJob({ 'package.json': JSON.stringify({ ...scripts, ...dependencies }) })).spec;
    expect(install?.afterRestore).toEqual([{ name: 'npm run prepare', command: ['npm', 'run', 'prepare'] }]);
  });

  test('of a Python project are installed into a virtual environment, whose Python runs the tests', async () => {
    const job = await onlyJob({ 'requirements.txt': 'pytest\n', 'tests/test_a.py': '' });
    expect(job.spec.install?.directories).toEqual(['.venv']);
    expect(job.spec.steps[0]?.command).toEqual(['.venv/bin/python', '-m', 'pytest']);
  });

  test('in a folder of a monorepo have their paths from the root', async () => {
    const files = { 'api/package.json': withTest(dependencies), 'api/package-lock.json': '' };
    const { install } = (await onlyJob(files, 'api')).spec;
    expect(install).toMatchObject({ step: { dir: 'api' }, directories: ['api/node_modules'] });
    expect(install?.keyFiles).toEqual(['api/package-lock.json', 'api/package.json']);
  });
});
