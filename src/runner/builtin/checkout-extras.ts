import { runGit } from '../../git/git.ts';
import { ActionError } from '../actions/action.ts';
import type { BuiltinContext } from './builtin.ts';
import { git } from './checkout-anew.ts';
import { originEnvironment, otherOrigin } from './checkout-origin.ts';
import { linesOf, yesOrNo } from './inputs.ts';

/**
 * What comes after the files are there: fewer of them (`sparse-checkout`), large ones (`lfs`), those of other
 * repositories (`submodules`).
 * @throws {ActionError} @throws {InputError}
 */
export async function addExtras(context: BuiltinContext, folder: string, repository: string): Promise<void> {
  const { inputs } = context;
  const patterns = linesOf(inputs['sparse-checkout']);
  const cone = yesOrNo(inputs, 'sparse-checkout-cone-mode', true) ? '--cone' : '--no-cone';
  if (patterns.length > 0) await git(context, folder, ['sparse-checkout', 'set', cone, ...patterns]);
  if (yesOrNo(inputs, 'lfs')) await pullLargeFiles(context, folder, repository);
  await updateSubmodules(context, folder, repository);
}

async function pullLargeFiles(context: BuiltinContext, folder: string, repository: string): Promise<void> {
  const isThere = await runGit(['lfs', 'version']).then(
    () => true,
    () => false,
  );
  if (!isThere)
    throw new ActionError('the input lfs is true, but git-lfs is not installed on this runner; install it there');
  const origin = otherOrigin(context, repository);
  const url = `${origin.transport.where}.git/info/lfs`;
  await git(context, folder, ['lfs', 'install', '--local']);
  await git(context, folder, ['-c', `lfs.url=${url}`, 'lfs', 'pull'], originEnvironment(origin));
}

async function updateSubmodules(context: BuiltinContext, folder: string, repository: string): Promise<void> {
  const { inputs } = context;
  const wanted = (inputs.submodules ?? '').trim().toLowerCase();
  if (wanted !== 'true' && wanted !== 'recursive') return;
  const recursive = wanted === 'recursive' ? ['--recursive'] : [];
  const depth = /^\d+$/.test(inputs['fetch-depth'] ?? '') ? Number(inputs['fetch-depth']) : 1;
  const origin = otherOrigin(context, repository);
  // relative addresses of submodules are relative to where the repository is on the server, not to our copy of it
  const config = ['-c', `remote.origin.url=${origin.transport.where}`];
  const isLocal = origin.transport.environment.protocols === 'file';
  const allowed = isLocal ? ['-c', 'protocol.file.allow=always'] : [];
  const limits = depth > 0 ? [`--depth=${depth}`] : [];
  const env = originEnvironment(origin);
  await git(context, folder, [...config, 'submodule', 'sync', ...recursive], env);
  const update = ['submodule', 'update', '--init', '--force', ...limits, ...recursive];
  await git(context, folder, [...config, ...allowed, ...update], env);
}
