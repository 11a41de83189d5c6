import { access, chmod, constants, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { runGit } from '../git/git.ts';
import { installHooks } from '../hooks/install.ts';
import type { RepositoryRecord } from '../store/repositories.ts';

/** What {@link makeSample} needs. */
export interface SampleOptions {
  readonly home: string;
  /** PATH, by which is found out whether there is a Python. */
  readonly path: string | undefined;
  /** The door for pushes. */
  readonly webhooksUrl: string;
  readonly add: (source: string) => Promise<RepositoryRecord>;
}

/** The sample repository after its first commit. */
export interface Sample {
  readonly path: string;
  readonly repository: string;
  readonly sha: string;
  /** Makes its failing test pass; to be typed in its folder. */
  readonly remedy: string;
}

const README = `# test_repo

The sample of Signalbox: one test passes, one fails. Each commit here is tested at once; mend the failing test, commit,
and see it turn green. The repository is yours to play with: it can be thrown away.
`;

const PASSING = `import unittest


class TestSum(unittest.TestCase):
    def test_one_and_one_are_two(self):
        self.assertEqual(1 + 1, 2)
`;

const FAILING = `import unittest


class TestProduct(unittest.TestCase):
    def test_two_by_two_are_four(self):
        self.assertEqual(2 * 2, 5)
`;

const SHELL = `#!/bin/sh
# Without Python on this machine, the tests of the sample are these two.
echo "one and one are two ... $(test $((1 + 1)) -eq 2 && echo ok || echo FAIL)"
echo "two by two are four ... $(test $((2 * 2)) -eq 5 && echo ok || echo FAIL)"
test $((1 + 1)) -eq 2 && test $((2 * 2)) -eq 5
`;

/**
 * Makes `<home>/test_repo`, watches it, installs the hook and commits. Undefined if it has a commit already: then the
 * sample was made before, and is watched again without being tested.
 */
export async function makeSample(options: SampleOptions): Promise<Sample | undefined> {
  const { home, path: searchPath, webhooksUrl, add } = options;
  const path = join(home, 'test_repo');
  const git = (...args: string[]) => runGit(args, { cwd: path });
  const hasPython = await isOnPath('python3', searchPath);
  await mkdir(path, { recursive: true });
  await git('init', '-q', '-b', 'main');
  const isNew = await git('rev-parse', '-q', '--verify', 'HEAD').then(
    () => false,
    () => true,
  );
  if (isNew) await writeFiles(path, hasPython);
  const { name: repository, secret } = await add(path);
  await installHooks({ path, secret, repository, url: webhooksUrl, home });
  if (!isNew) return undefined;
  // the person may not have told git yet who they are; in the sample that must not stop anything
  await git('config', 'user.name', 'Signalbox');
  await git('config', 'user.email', 'signalbox@localhost');
  await git('add', '-A');
  await git(...withHooks(path), 'commit', '-q', '-m', 'Add one test that passes and one that fails');
  const sha = (await git('rev-parse', 'HEAD')).toString('utf8').trim();
  const file = hasPython ? 'tests/test_product.py' : 'ci.sh';
  const remedy = hasPython ? `sed -i.bak 's/2, 5/2, 4/' ${file}` : `sed -i.bak 's/-eq 5/-eq 4/' ${file}`;
  return { path, repository, sha, remedy };
}

async function writeFiles(path: string, hasPython: boolean): Promise<void> {
  const files: Readonly<Record<string, string>> = hasPython
    ? { 'tests/test_sum.py': PASSING, 'tests/test_product.py': FAILING }
    : { 'ci.sh': SHELL };
  for (const [name, text] of Object.entries({ 'README.md': README, '.gitignore': '*.bak\n__pycache__/\n', ...files })) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  if (!hasPython) await chmod(join(path, 'ci.sh'), 0o755);
}

/** Ours is the one git that is to run hooks: it shows that they work. */
function withHooks(path: string): readonly string[] {
  return ['-c', `core.hooksPath=${join(path, '.git', 'hooks')}`];
}

async function isOnPath(program: string, path: string | undefined): Promise<boolean> {
  for (const folder of (path ?? '').split(delimiter)) {
    const isThere = await access(join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && isThere) return true;
  }
  return false;
}
