import { resolve } from 'node:path';
import { sharedGitDirAt } from '../git/refs.ts';
import type { Api } from '../protocol/api.ts';
import { type ApiRepository, repositoriesSchema } from '../protocol/api-schema.ts';
import { UnknownNameError, UsageError } from './usage-error.ts';

/**
 * The watched repository that someone means by its full name, its id, its folder, or the last part of its name.
 * @throws {UnknownNameError} if there is none; {UsageError} if the name could mean several.
 */
export async function findRepository(api: Api, name: string, cwd: string): Promise<ApiRepository> {
  const isPath = /^(?:\/|\.{1,2}(?:\/|$))/.test(name);
  const found = matching(await watched(api), name, cwd) ?? (isPath ? await around(api, resolve(cwd, name)) : undefined);
  if (found !== undefined) return found;
  throw new UnknownNameError(`no repository "${name}" is watched; "signalbox repos" lists those that are`);
}

/** The full name that someone means; what is not watched may be a full name all the same, of one that was. */
export async function repositoryNamed(api: Api, name: string, cwd: string): Promise<string> {
  return name.includes('/') && !/^[./]/.test(name)
    ? (matching(await watched(api), name, cwd)?.name ?? name)
    : (await findRepository(api, name, cwd)).name;
}

/** The full name of the watched repository that `folder` is in, if it is in one. */
export async function repositoryHere(api: Api, folder: string): Promise<string | undefined> {
  return (await around(api, folder))?.name;
}

/** A folder, a linked work tree and the git folder itself all lead to the one repository. */
async function around(api: Api, folder: string): Promise<ApiRepository | undefined> {
  const gitDir = await sharedGitDirAt(folder);
  if (gitDir === undefined) return undefined;
  return (await watched(api)).find((one) => one.git_dir === gitDir);
}

async function watched(api: Api): Promise<readonly ApiRepository[]> {
  return (await api.get('/api/repositories', repositoriesSchema)).repositories;
}

function matching(repositories: readonly ApiRepository[], name: string, cwd: string): ApiRepository | undefined {
  const exact =
    repositories.find((one) => one.name === name || String(one.id) === name) ??
    repositories.find((one) => one.sources.includes(name) || one.sources.includes(resolve(cwd, name)));
  const ending = repositories.filter((one) => one.name.endsWith(`/${name}`));
  if (exact === undefined && ending.length > 1)
    throw new UsageError(`"${name}" could be ${ending.map((one) => one.name).join(' or ')}; say which`);
  return exact ?? ending[0];
}
