import type { InstallPlan } from '../model/plan.ts';
import { type Finding, type Folder, firstFile, hasFile, hasFolder } from './finding.ts';

/** How the dependencies of a Python project are installed, and how its Python is called after that. */
interface Environment {
  readonly install?: InstallPlan;
  readonly python: readonly [string, ...string[]];
}

/** Python tests: pytest where the project says so, unittest where a folder of tests is there. */
export async function findPythonTests(folder: Folder): Promise<Finding | undefined> {
  const pytest = await whyPytest(folder);
  const tests = pytest === undefined ? await unittestFolder(folder) : undefined;
  if (pytest === undefined && tests === undefined) return undefined;
  const { install, python } = environmentOf(folder);
  const args = tests === undefined ? ['-m', 'pytest'] : ['-m', 'unittest', 'discover', '-v', '-s', tests];
  return {
    key: 'python',
    why: pytest ?? `${tests}/ holds Python tests`,
    command: [...python, ...args],
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

async function unittestFolder(folder: Folder): Promise<string | undefined> {
  for (const name of ['tests', 'test']) {
    if (!hasFolder(folder, name)) continue;
    const entries = await folder.list(name);
    if (entries.some((entry) => /^test.*\.py$/.test(entry.name))) return name;
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
