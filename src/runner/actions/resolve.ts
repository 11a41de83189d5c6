import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { isAllowed } from '../../workflow/allowed-actions.ts';
import { builtinFor } from '../builtin/builtins.ts';
import { ActionError, type ActionPlaces, type DockerResolved, type ResolvedAction, remoteParts } from './action.ts';
import { ALWAYS, parseManifest } from './manifest.ts';
import { fetchRemote } from './remote-action.ts';

/**
 * Finds what a `uses` names: `./path`, `owner/repo[/path]@ref`, `docker://image`. Built-in ones come before any network.
 * A local one is read when it is asked for: earlier steps may have made it.
 * @throws {ActionError} in words, if it cannot be had.
 */
export async function resolveAction(uses: string, where: ActionPlaces): Promise<ResolvedAction> {
  if (uses.startsWith('docker://')) return imageOf(uses);
  if (/^\.[\\/]/.test(uses) || uses === '.') return local(uses, where);
  const parts = remoteParts(uses);
  if (parts === undefined) throw new ActionError(`"${uses}" names no action; ${FORMS}`);
  const { owner, repository, path, ref } = parts;
  const builtin = builtinFor([owner, repository, path].filter(Boolean).join('/'));
  if (builtin !== undefined) return builtin;
  checkAllowed(parts, uses, where);
  if (`${owner}/${repository}`.toLowerCase() === 'actions/github-script' && where.hasToken === false)
    throw new ActionError(`${uses} asks GitHub with a token, and this job has none; ${TOKEN}`);
  const folder = await fetchRemote({ owner, repository, ref }, where);
  return load(join(folder, path), uses, path === '' ? `${owner}/${repository}` : `${owner}/${repository}/${path}`);
}

const TOKEN = 'set one with "signalbox secrets set GITHUB_TOKEN"';
const FORMS = 'it must be ./path, owner/repository@ref, owner/repository/path@ref or docker://image';

function imageOf(uses: string): DockerResolved {
  const name = uses.slice('docker://'.length);
  if (name === '') throw new ActionError(`"${uses}" names no image; ${FORMS}`);
  const manifest = { name: uses, inputs: {}, outputs: {} };
  return { kind: 'docker', manifest, path: uses, image: { name }, preIf: ALWAYS, postIf: ALWAYS };
}

function local(uses: string, where: ActionPlaces): Promise<ResolvedAction> {
  const path = uses.replaceAll('\\', '/').replace(/^\.\/*/, '');
  const folder = join(where.workspace, path);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new ActionError(`there is no folder ${uses} in the workspace, so the action in it cannot be used`);
  return load(folder, uses, `./${relative(where.workspace, folder)}`);
}

function checkAllowed(parts: NonNullable<ReturnType<typeof remoteParts>>, uses: string, where: ActionPlaces): void {
  const { allow, pinned } = where.settings;
  if (!isAllowed(parts, allow))
    throw new ActionError(
      `the action ${uses} is not among those that signalbox.yml allows (actions.allow: ${allow.join(', ')})`,
    );
  if (pinned && !/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(parts.ref))
    throw new ActionError(
      `the action ${uses} is not pinned, and signalbox.yml asks for it (actions.pinned); put the full commit id in ` +
        `the place of "${parts.ref}"`,
    );
}

/** Reads the manifest in a folder; GitHub looks for these names in this order. */
async function load(folder: string, uses: string, shown: string): Promise<ResolvedAction> {
  for (const name of ['action.yml', 'action.yaml']) {
    const file = join(folder, name);
    if (existsSync(file)) return checked(file, `${shown}/${name}`, folder, uses);
  }
  for (const name of ['Dockerfile', 'dockerfile']) {
    const dockerfile = join(folder, name);
    const manifest = { name: uses, inputs: {}, outputs: {} };
    const path = `${shown}/${name}`;
    if (existsSync(dockerfile))
      return { kind: 'docker', folder, manifest, path, image: { dockerfile }, preIf: ALWAYS, postIf: ALWAYS };
  }
  throw new ActionError(`${uses} holds no action: there is no action.yml, action.yaml or Dockerfile in ${shown}`);
}

async function checked(file: string, path: string, folder: string, uses: string): Promise<ResolvedAction> {
  const action = await parseManifest({ folder, path, text: readFileSync(file, 'utf8') });
  if (action.kind !== 'node') return action;
  for (const script of [action.main, action.pre]) {
    if (script === undefined || existsSync(script)) continue;
    throw new ActionError(
      `${path} names the file ${relative(folder, script)}, which is not there; was ${uses} built before it was committed?`,
    );
  }
  return action;
}
