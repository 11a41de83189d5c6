import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CiError } from '../../support/ci-error.ts';
import { type BuiltinAction, type BuiltinContext, type BuiltinEnd, DONE } from './builtin.ts';
import { failed, impossible, linesOf, yesOrNo } from './inputs.ts';
import { makeVenv } from './python-venv.ts';
import { type FoundPython, findPythons, pythonOnPath, pythonVersionIn, pythonWish } from './python-versions.ts';
import { choose, namesIn, textOf } from './tools.ts';

/** `actions/setup-python`, with what this machine has, in a virtual environment of the job's own. */
export const setupPython: BuiltinAction = {
  async main(context) {
    const wanted = wantedVersions(context);
    if ('conclusion' in wanted) return wanted;
    try {
      return await usePythons(context, wanted.versions);
    } catch (error) {
      if (error instanceof CiError) return impossible(error.message);
      throw error;
    }
  },
};

function wantedVersions({ inputs, workspace, log }: BuiltinContext): { versions: readonly string[] } | BuiltinEnd {
  const versions = linesOf(inputs['python-version']);
  if (versions.length > 0) return { versions };
  const named = inputs['python-version-file']?.trim();
  const file = named || '.python-version';
  const path = resolve(workspace, file);
  if (!named && !existsSync(path)) return { versions: [] };
  const text = textOf(path);
  if (text === undefined) return failed(`the file ${file} of python-version-file does not exist`);
  const version = pythonVersionIn(file, text);
  if (version === undefined) return failed(`the file ${file} names no version of Python`);
  log(`[signalbox] ${file} asks for python ${version}`);
  return { versions: [version] };
}

/** The last one is the default, as on GitHub; without any, it is that of the PATH. */
async function usePythons(context: BuiltinContext, versions: readonly string[]): Promise<BuiltinEnd> {
  const { env, toolCache, settings, inputs, annotate } = context;
  if (versions.length === 0) {
    const python = await pythonOnPath(env);
    if (python === undefined) return impossible('there is no python3 on the PATH of this runner; install one');
    await use(context, python);
  }
  const found = await findPythons(env, toolCache);
  for (const wanted of versions) {
    const wish = pythonWish(wanted, yesOrNo(inputs, 'allow-prereleases'));
    if ('reason' in wish) return impossible(wish.reason);
    const name = wish.implementation === 'pypy' ? 'PyPy' : 'Python';
    const fitting = found.filter((python) => python.implementation === wish.implementation);
    const choice = choose(name, wanted, wish.range, fitting, { ...settings, prereleases: wish.prereleases });
    if (choice.kind === 'none') return impossible(choice.reason);
    if (choice.kind === 'nearest')
      annotate({
        level: 'warning',
        message: `${name} ${wanted} is not on this runner; ${choice.tool.shown}, the nearest, is used instead`,
      });
    await use(context, choice.tool);
  }
  return await installExtras(context);
}

async function use(context: BuiltinContext, python: FoundPython): Promise<void> {
  const { setEnv, addPath, setOutput, log, inputs } = context;
  const venv = await makeVenv(context, python);
  log(
    `[signalbox] python ${python.shown} from ${python.program} (${python.from}), in a virtual environment of this job`,
  );
  setOutput('python-version', python.implementation === 'pypy' ? `pypy${python.shown}` : python.shown);
  setOutput('python-path', join(venv, 'bin', 'python'));
  if (inputs['update-environment'] === 'false') return;
  for (const name of ['pythonLocation', 'Python_ROOT_DIR', 'Python2_ROOT_DIR', 'Python3_ROOT_DIR']) setEnv(name, venv);
  addPath(join(venv, 'bin'));
}

const CACHES: Readonly<Record<string, string>> = { pip: 'pip', pipenv: 'pipenv', poetry: 'pypoetry' };

async function installExtras({ inputs, caches, log, setOutput, exec }: BuiltinContext): Promise<BuiltinEnd> {
  const packages = [
    ...(inputs['pip-version'] ? [`pip==${inputs['pip-version']}`] : []),
    ...(inputs['pip-install'] ?? '').split(/\s+/).filter(Boolean),
  ];
  if (packages.length > 0) {
    const exit = await exec(['python', '-m', 'pip', 'install', ...packages]);
    if (!('status' in exit) || exit.status !== 0) return failed(`pip could not install ${packages.join(' ')}`);
  }
  const manager = (inputs.cache ?? '').trim();
  if (manager === '') return DONE;
  const folder = CACHES[manager];
  if (folder === undefined) return failed(`caching for "${manager}" is not supported; pip, pipenv and poetry are`);
  log(`[signalbox] what ${manager} downloads is kept in ${join(caches, folder)} between the jobs of this repository`);
  setOutput('cache-hit', String(namesIn(join(caches, folder)).length > 0));
  return DONE;
}
