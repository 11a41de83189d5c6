import { resolve } from 'node:path';
import type { ForgeSettings } from './config.ts';
import type { ConfigFile } from './load-schema.ts';

type Kind = ForgeSettings['kind'];
type Said = NonNullable<ConfigFile['forges']>[number];

/** Where the API of a forge is when nobody says: below its pages, but for those whose API has a host of its own. */
const API_PATHS: Readonly<Record<Kind, string>> = {
  github: '/api/v3',
  gitea: '/api/v1',
  forgejo: '/api/v1',
  gitlab: '/api/v4',
  bitbucket: '/2.0',
  bitbucket_data_center: '/rest/api/latest',
};
/** The forges that everybody knows. */
const HOSTED: Readonly<Partial<Record<Kind, { readonly url: string; readonly api?: string }>>> = {
  github: { url: 'https://github.com', api: 'https://api.github.com' },
  gitlab: { url: 'https://gitlab.com' },
  bitbucket: { url: 'https://bitbucket.org', api: 'https://api.bitbucket.org/2.0' },
};

/** GitHub first, then the forges of the file, in its order; paths may be relative to its folder. */
export function forgesOf({ github = {}, forges = [] }: ConfigFile, folder: string): ForgeSettings[] {
  return [{ kind: 'github' as const, ...github }, ...forges].map((said) => toForge(said, folder));
}

function toForge(said: Said, folder: string): ForgeSettings {
  const { kind, user = null, statuses = true, allow = [] } = said;
  const hosted = HOSTED[kind];
  const url = trimmed(said.url ?? pagesOf(kind, said.api) ?? hosted?.url ?? '');
  const own = url === hosted?.url ? hosted.api : undefined;
  const absolute = (file: string | undefined) => (file === undefined ? null : resolve(folder, file));
  return Object.freeze({
    ...{ kind, url, api: trimmed(said.api ?? own ?? `${url}${API_PATHS[kind]}`), user, hasStatuses: statuses, allow },
    ...{ tokenFile: absolute(said.token_file), webhookSecretFile: absolute(said.webhook_secret_file) },
  });
}

/** `https://api.github.com` serves `https://github.com`; `https://host/api/v3` (Enterprise Server) serves `https://host`. */
function pagesOf(kind: Kind, api: string | undefined): string | undefined {
  if (kind !== 'github' || api === undefined) return undefined;
  const { protocol, host, pathname } = new URL(api);
  return trimmed(pathname) === API_PATHS.github ? `${protocol}//${host}` : `${protocol}//${host.replace(/^api\./, '')}`;
}

function trimmed(text: string): string {
  return text.replace(/\/+$/, '');
}
