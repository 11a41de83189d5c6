import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import semver from 'semver';
import { ask } from './ask-program.ts';
import { type FoundTool, isProgram, namesIn, toolCaches, versionOf } from './tools.ts';

/** A Python of this machine. */
export interface FoundPython extends FoundTool {
  /** The interpreter; absolute. */
  readonly program: string;
  readonly implementation: 'cpython' | 'pypy';
  /** As Python writes it: `3.14.0rc1`. */
  readonly shown: string;
}

/** All versions of Python on this machine; those of version managers first, since they say their version by their name. */
export async function findPythons(
  env: Readonly<Record<string, string>>,
  toolCache: string,
): Promise<readonly FoundPython[]> {
  const managed = [
    ...inManager('pyenv', env.PYENV_ROOT, 'versions', 'bin'),
    ...inManager('asdf', env.ASDF_DATA_DIR, 'installs/python', 'bin'),
    ...inManager('mise', env.MISE_DATA_DIR, 'installs/python', 'bin'),
    ...toolCaches(toolCache, env, 'Python', 'bin').flatMap(({ from, folder, bin }) => inManager(from, folder, '', bin)),
    ...toolCaches(toolCache, env, 'PyPy', 'bin').flatMap(({ from, folder, bin }) => inManager(from, folder, '', bin)),
  ];
  const onPath = await Promise.all(programsOnPath(env).map((program) => pythonAt(program, env)));
  return [...managed, ...onPath.filter((python) => python !== undefined)];
}

/** `3.12.1`, `pypy3.10-7.3.15`, `cpython-3.12.1-linux-x86_64-gnu`. */
const NAME = /^(?:(cpython|pypy)-?)?(\d+\.\d+(?:\.\d+)?(?:(?:a|b|rc)\d+)?)(?:[-t].*)?$/i;

function inManager(from: string, root: string | undefined, path: string, bin: string): readonly FoundPython[] {
  if (root === undefined) return [];
  return namesIn(join(root, path)).flatMap((name) => {
    const [, kind, shown = ''] = NAME.exec(name) ?? [];
    const folder = join(root, path, name, bin);
    const version = versionOf(shown);
    const program = ['python', 'python3'].map((file) => join(folder, file)).find(isProgram);
    if (version === undefined || program === undefined) return [];
    const implementation = kind?.toLowerCase() === 'pypy' ? ('pypy' as const) : ('cpython' as const);
    return [{ version, shown, bin: folder, from, program, implementation }];
  });
}

/** Interpreters on the PATH, each once; shims of managers are passed over, since they only lead to those above. */
function programsOnPath({ PATH }: Readonly<Record<string, string>>): readonly string[] {
  const folders = (PATH ?? '').split(':').filter((folder) => folder.startsWith('/') && !folder.endsWith('/shims'));
  const seen = new Set<string>();
  const names = (folder: string) => namesIn(folder).filter((name) => /^python(?:3(?:\.\d+)?)?$/.test(name));
  return folders.flatMap(names2paths(names)).filter((program) => {
    if (!isProgram(program)) return false;
    const real = realpathSync(program);
    return seen.has(real) ? false : seen.add(real) !== undefined;
  });
}

function names2paths(names: (folder: string) => readonly string[]) {
  return (folder: string) => names(folder).map((name) => join(folder, name));
}

async function pythonAt(program: string, env: Readonly<Record<string, string>>): Promise<FoundPython | undefined> {
  const said = /^Python (\S+)/.exec((await ask([program, '--version'], env)) ?? '')?.[1];
  const version = versionOf(said ?? '');
  if (said === undefined || version === undefined) return undefined;
  return { version, shown: said, bin: join(program, '..'), from: 'PATH', program, implementation: 'cpython' };
}

/** The one that `python3`, or `python`, leads to, through whatever shims there are. */
export async function pythonOnPath(env: Readonly<Record<string, string>>): Promise<FoundPython | undefined> {
  for (const name of ['python3', 'python'] as const) {
    const program = await ask([name, '-c', 'import sys; print(sys.executable)'], env);
    if (program?.startsWith('/')) return await pythonAt(program, env);
  }
  return undefined;
}

/** What a `python-version` means. */
export interface PythonWish {
  readonly range: string;
  readonly implementation: FoundPython['implementation'];
  readonly prereleases: boolean;
}

/** @returns why it cannot be had, if it is none. */
export function pythonWish(wanted: string, allowsPrereleases: boolean): PythonWish | { reason: string } {
  const text = wanted.trim();
  const [, pypy] = /^pypy-?(\d[\w.]*)/i.exec(text) ?? [];
  if (/^graalpy/i.test(text) || /^[\d.]+t(?:-dev)?$/.test(text))
    return { reason: `python-version "${wanted}": free-threaded builds and GraalPy are not looked for` };
  const isDev = /-dev$/.test(text);
  const plain = (pypy ?? text.replace(/-dev$/, '')).replace(/(\d)((?:a|b|rc)\d+)$/, '$1-$2');
  const range = semver.validRange(isDev ? `~${plain}.0-0` : plain);
  if (range === null) return { reason: `python-version "${wanted}" is no version and no range of versions` };
  const prereleases = allowsPrereleases || isDev || /-(?:a|b|rc)/.test(plain);
  return { range, implementation: pypy === undefined ? 'cpython' : 'pypy', prereleases };
}

/** The version that a file asks for: `.python-version`, `.tool-versions`, `pyproject.toml`, `Pipfile`. */
export function pythonVersionIn(name: string, text: string): string | undefined {
  if (name.endsWith('pyproject.toml')) {
    const range = /^\s*requires-python\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
    return (range ?? /^\s*python\s*=\s*["']([^"']+)["']/m.exec(text)?.[1])?.replaceAll(',', ' ').replace(/~=\s*/g, '~');
  }
  if (name.endsWith('Pipfile')) return /^\s*python_(?:full_)?version\s*=\s*["']([^"']+)["']/m.exec(text)?.[1];
  if (name.endsWith('.tool-versions')) return /^python\s+([^\s#]+)/m.exec(text)?.[1];
  const first = text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  return first;
}
