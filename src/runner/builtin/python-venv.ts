import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError } from '../actions/action.ts';
import { ask } from './ask-program.ts';
import type { BuiltinContext } from './builtin.ts';
import type { FoundPython } from './python-versions.ts';

/**
 * Makes a virtual environment of the job's own, so that what it installs goes away with it: GitHub's runners have an
 * interpreter that nobody else uses. Its pip comes from one that was made once and is kept, because making it takes
 * seconds.
 * @throws {ActionError} if the interpreter cannot make one.
 */
export async function makeVenv(context: BuiltinContext, python: FoundPython): Promise<string> {
  const venv = join(context.temp, `python-${python.shown}-${python.implementation}`);
  if (existsSync(venv)) return venv;
  if ((await ask([python.program, '-I', '-m', 'venv', '--without-pip', venv], context.env)) === undefined)
    throw new ActionError(
      `python ${python.shown} (${python.program}) cannot make a virtual environment for the job; is its "venv" module there?`,
    );
  const packages = await seedOf(context, python);
  if (packages !== undefined) addPackages(venv, python, packages);
  else context.log(`[signalbox] python ${python.shown} has no ensurepip, so there is no pip in this job`);
  return venv;
}

/** Unpacks the wheels that Python brings for its own `ensurepip`, which would take seconds to install them. */
const UNPACK = `
import ensurepip, pathlib, sys, sysconfig, zipfile
folders = [pathlib.Path(ensurepip.__file__).parent / '_bundled', sysconfig.get_config_var('WHEEL_PKG_DIR')]
wheels = [w for f in folders if f for w in pathlib.Path(f).glob('*.whl') if w.name.startswith(('pip-', 'setuptools-'))]
for wheel in wheels: zipfile.ZipFile(str(wheel)).extractall(sys.argv[1])
print(len(wheels))
`;

/** Folder with pip (and setuptools, where Python brings it); undefined if this Python has none. */
async function seedOf({ caches, env }: BuiltinContext, python: FoundPython): Promise<string | undefined> {
  const folder = join(caches, 'python-pip', `${python.implementation}-${python.shown}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial-${randomBytes(6).toString('hex')}`;
  mkdirSync(partial, { recursive: true });
  try {
    if (!Number(await ask([python.program, '-I', '-c', UNPACK, partial], env))) return undefined;
    renameSync(partial, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // otherwise another job was quicker
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
}

function libraryOf({ version, implementation }: FoundPython): string {
  const [major, minor] = version.split('.');
  return `${implementation === 'pypy' ? 'pypy' : 'python'}${major}.${minor}`;
}

/** They come after the environment's own, so that `pip install --upgrade pip` works. */
function addPackages(venv: string, python: FoundPython, packages: string): void {
  writeFileSync(join(venv, 'lib', libraryOf(python), 'site-packages', 'signalbox-pip.pth'), `${packages}\n`);
  const [major, minor] = python.version.split('.');
  const script = [
    `#!${join(venv, 'bin', 'python')}`,
    'import sys',
    'from pip._internal.cli.main import main',
    'sys.exit(main())',
    '',
  ].join('\n');
  for (const name of ['pip', `pip${major}`, `pip${major}.${minor}`])
    writeFileSync(join(venv, 'bin', name), script, { mode: 0o755 });
}
