import { resolve } from 'node:path';
import type { ForgeSettings } from './config.ts';
import type { ConfigFile } from './load-schema.ts';

type Kind = ForgeSettings['kind'];

/** Where the API of a forge is when nobody says: below its pages, but for Bitbucket Cloud, whose API has a host of its own. */
const API_PATHS: Readonly<Record<Exclude<Kind, 'bitbucket'>, string>> = {
  github: '/api/v3',
  gitea: '/api/v1',
  forgejo: '/api/v1',
  gitlab: '/api/v4',
  bitbucket_data_center: '/rest/api/latest',
};

/** GitHub and the forges of the file; paths of tokens may be relative to its folder. */
export function forgesOf(file: ConfigFile, folder: string): ForgeSettings[] {
  const others = (file.forges ?? []).map(({ kind, url, api, token_file, user, statuses }) => ({
    ...{ kind, url, api: (api ?? apiOf(kind, url)).replace(/\/+$/, ''), tokenFile: resolve(folder, token_file) },
    ...{ user: user ?? null, hasStatuses: statuses ?? true },
  }));
  return [github(file, folder), ...others];
}

function apiOf(kind: Exclude<Kind, 'github'>, url: string): string {
  if (kind === 'bitbucket') return 'https://api.bitbucket.org/2.0';
  return `${url}${API_PATHS[kind]}`;
}

function github({ github: said = {} }: ConfigFile, folder: string): ForgeSettings {
  const api = (said.api ?? 'https://api.github.com').replace(/\/+$/, '');
  return {
    ...{ kind: 'github', url: pagesOf(api), api, user: null, hasStatuses: said.statuses ?? true },
    tokenFile: said.token_file === undefined ? null : resolve(folder, said.token_file),
  };
}

/** `https://api.github.com` serves `https://github.com`; `https://host/api/v3` (Enterprise Server) serves `https://host`. */
function pagesOf(api: string): string {
  const { protocol, host, pathname } = new URL(api);
  if (pathname === API_PATHS.github) return `${protocol}//${host}`;
  return `${protocol}//${host.replace(/^api\./, '')}`;
}
