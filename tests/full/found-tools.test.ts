import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { which } from '../../src/runner/workflow/shells.ts';
import { here } from '../support/here.ts';
import { linkPathWithout } from '../support/path-without.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

/** Projects that need no network, by the tool that tests them. */
const PROJECTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  cargo: {
    'Cargo.toml': '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n',
    'src/lib.rs': '#[test]\nfn adds() {\n    assert_eq!(1 + 1, 2);\n}\n',
  },
  go: {
    'go.mod': 'module example.org/app\n\ngo 1.19\n',
    'app_test.go':
      'package app\n\nimport "testing"\n\nfunc TestAdds(t *testing.T) {\n\tif 1+1 != 2 {\n\t\tt.Fail()\n\t}\n}\n',
  },
  gradle: { 'build.gradle': "plugins { id 'java' }\n", 'settings.gradle': "rootProject.name = 'app'\n" },
  mvn: {
    'pom.xml':
      '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId>' +
      '<artifactId>app</artifactId><version>1</version><packaging>pom</packaging></project>\n',
  },
};

/** Rustup finds its toolchains below the home of the user, which the home of a test is not. */
const rustup = process.env.RUSTUP_HOME ?? join(homedir(), '.rustup');
const OWN = existsSync(rustup) ? { RUSTUP_HOME: rustup } : {};

for (const [tool, files] of Object.entries(PROJECTS)) {
  const isHere = which(tool, process.env.PATH ?? '') !== undefined;
  test.skipIf(!isHere)(
    `a project of ${tool} is tested${isHere ? '' : ` (skipped: ${tool} is not installed)`}`,
    async () => {
      await using repository = await createRepository(files);
      await using home = await tempDir('signalbox-home-');
      const { runs, result } = await (await here(home.path, OWN)).run(repository.path);
      expect(runs).toMatchObject([{ conclusion: 'success', jobs: [{ conclusion: 'success' }] }]);
      expect(result.exitCode).toBe(0);
    },
  );
}

const isMakeHere = which('make', process.env.PATH ?? '') !== undefined;
test.skipIf(!isMakeHere)('a target test of make is executed also where a folder of that name is there', async () => {
  await using repository = await createRepository({ Makefile: 'test:\n\t@false\n', 'test/a.c': '' });
  await using home = await tempDir('signalbox-home-');
  const { runs, result } = await (await here(home.path)).run(repository.path);
  expect(runs).toMatchObject([{ conclusion: 'failure', jobs: [{ name: 'make', conclusion: 'failure' }] }]);
  expect(result.exitCode).toBe(1);
});

const [ONE, TWO] = ['one', 'two'].map((name) => JSON.stringify({ name, scripts: { test: `echo "tests of ${name}"` } }));
test('packages of npm are tested where the root has no test script', async () => {
  const files = { 'package.json': '{"workspaces":["packages/*"]}', 'packages/one/package.json': `${ONE}` };
  await using repository = await createRepository({ ...files, 'packages/two/package.json': `${TWO}` });
  await using home = await tempDir('signalbox-home-');
  const { runs } = await (await here(home.path)).run(repository.path);
  expect(runs).toMatchObject([{ conclusion: 'success', jobs: [{ name: 'node' }] }]);
  for (const name of ['one', 'two']) expect(runs[0]?.jobs[0]?.logText).toContain(`tests of ${name}`);
});

test('a project whose tool is not installed could not be tested, and says what to install', async () => {
  await using repository = await createRepository(PROJECTS.go);
  await using home = await tempDir('signalbox-home-');
  await using bin = await tempDir('signalbox-bin-');
  linkPathWithout(['go'], bin.path);
  const { runs, result } = await (await here(home.path, { PATH: bin.path })).run(repository.path);
  expect(runs).toMatchObject([{ conclusion: 'error', jobs: [{ name: 'go', conclusion: 'error' }] }]);
  expect(runs[0]?.jobs[0]?.logText).toContain('go is not installed where this ran (runner here)');
  expect(result.exitCode).toBe(3);
});
