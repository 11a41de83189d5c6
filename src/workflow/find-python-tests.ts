import { posix } from 'node:path';
import type { InstallPlan } from '../model/plan.ts';
import { type Finding, type Folder, firstFile, hasFile, hasFolder } from './finding.ts';

/** How the dependencies of a Python project are installed, and how its Python is called after that. */
interface Environment {
  readonly install?: InstallPlan;
  readonly python: readonly [string, ...string[]];
}

/** Python tests: pytest where the project says so or its tests are no classes, else unittest. */
export async function findPythonTests(folder: Folder): Promise<Finding | undefined> {
  const pytest = await whyPytest(folder);
  const found = pytest === undefined ? await testFiles(folder) : { why: pytest, args: PYTEST };
  if (found === undefined) return undefined;
  const { install, python } = environmentOf(folder);
  return {
    key: 'python',
    why: found.why,
    command: [...python, ...found.args],
    env: { PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' },
    ...(install === undefined ? {} : { install }),
  };
}

/** Files that may say "pytest", and what says it. */
const PYTEST_MARKS: readonly (readonly [string, RegExp])[] = [
  ['pytest.ini', /^/],
  ['conftest.py', /^/],
  ['pyproject.toml', /\[tool\.pytest|["']pytest\b/],
  ['tox.ini', /^\[pytest\]/m],
  ['setup.cfg', /^\[tool:pytest\]/m],
  ['requirements.txt', /^pytest\b/m],
  ['requirements-dev.txt', /^pytest\b/m],
  ['dev-requirements.txt', /^pytest\b/m],
  ['Pipfile', /^pytest\b/m],
];

async function whyPytest(folder: Folder): Promise<string | undefined> {
  for (const [name, mark] of PYTEST_MARKS) {
    if (!hasFile(folder, name)) continue;
    if (mark.test((await folder.read(name)) ?? '')) return `${name} is there for pytest`;
  }
  if (!hasFolder(folder, 'tests')) return undefined;
  const entries = await folder.list('tests');
  return entries.some((entry) => entry.name === 'conftest.py') ? 'tests/conftest.py is there for pytest' : undefined;
}

const PYTEST = ['-m', 'pytest'] as const;
/** Test files that are looked into: the first ones tell how the others are written. */
const MAX_FILES = 20;
/** A test that unittest does not see: a function of its own, or a class of nothing. */
const FOR_PYTEST = /^(?:async\s+)?def\s+test|^class\s+Test\w*\s*(?:\(\s*\)\s*)?:/m;
const FOR_UNITTEST = /\bunittest\b|\bTestCase\b/;

/** Files with Python tests, in a folder for tests or in the root, and how they are run. */
async function testFiles(
  folder: Folder,
): Promise<{ readonly why: string; readonly args: readonly string[] } | undefined> {
  for (const name of ['tests', 'test', '']) {
    if (name !== '' && !hasFolder(folder, name)) continue;
    const entries = name === '' ? [...folder.entries.values()] : await folder.list(name);
    const files = entries.filter((entry) => /^test.*\.py$|_test\.py$/.test(entry.name)).map((entry) => entry.name);
    const texts: string[] = [];
    for (const file of files.slice(0, MAX_FILES)) texts.push((await folder.read(posix.join(name, file))) ?? '');
    const where = name === '' ? files[0] : `${name}/`;
    if (texts.some((text) => FOR_PYTEST.test(text))) return { why: `${where} holds tests for pytest`, args: PYTEST };
    // in the root a name alone proves nothing
    const isTest =
      name === '' ? texts.some((text) => FOR_UNITTEST.test(text)) : files.some((file) => /^test/.test(file));
    const discover = ['-m', 'unittest', 'discover', '-v', ...(name === '' ? [] : ['-s', name])];
    if (isTest) return { why: `${where} holds Python tests`, args: discover };
  }
  return undefined;
}

const VENV_PYTHON = ['.venv/bin/python'] as const;

function environmentOf(folder: Folder): Environment {
  if (hasFile(folder, 'uv.lock')) {
    const install = plan(
      ['uv', 'sync', '--frozen', '--all-groups'],
      ['uv.lock', 'pyproject.toml'],
      ['uv', '--version'],
    );
    return { install, python: VENV_PYTHON };
  }
  if (hasFile(folder, 'poetry.lock')) {
    const install = plan(
      ['poetry', 'install', '--no-interaction'],
      ['poetry.lock', 'pyproject.toml'],
      ['poetry', '--version'],
    );
    const step = { ...install.step, env: { POETRY_VIRTUALENVS_IN_PROJECT: 'true' } };
    return { install: { ...install, step }, python: VENV_PYTHON };
  }
  const requirements = firstFile(folder, 'requirements-dev.txt', 'dev-requirements.txt', 'requirements.txt');
  if (requirements === undefined) return { python: ['python3'] };
  const files = ['requirements.txt', requirements].filter(
    (file, at, all) => hasFile(folder, file) && all.indexOf(file) === at,
  );
  const pip = `.venv/bin/python -m pip install --quiet --disable-pip-version-check ${files.map((file) => `-r ${file}`).join(' ')}`;
  const install = plan(['sh', '-c', `python3 -m venv .venv && ${pip}`], files, ['python3', '--version']);
  return {
    install: { ...install, step: { ...install.step, name: `pip install ${files.join(' ')}` } },
    python: VENV_PYTHON,
  };
}

function plan(
  command: readonly [string, ...string[]],
  keyFiles: readonly string[],
  tool: readonly [string, ...string[]],
): InstallPlan {
  const toolVersions = [['python3', '--version'] as const, ...(tool[0] === 'python3' ? [] : [tool])];
  return { step: { name: command.join(' '), command }, keyFiles, toolVersions, directories: ['.venv'] };
}
