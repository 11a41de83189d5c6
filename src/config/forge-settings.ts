import { dirname, resolve } from 'node:path';
import type { ConfigFile } from './load-schema.ts';

/** The forges that are spoken to, as their webhooks are told apart. */
export type ForgeKind = 'github' | 'gitea' | 'forgejo' | 'gitlab' | 'bitbucket' | 'bitbucket-data-center';

/** One forge: how it is reached, and what is taken from it. */
export interface ForgeSettings {
  readonly kind: ForgeKind;
  /** Where people and git find it, without a slash at the end: `https://github.com`. */
  readonly url: string;
  /** Where its API is, without a slash at the end. */
  readonly api: string;
  /** File (absolute) with a token for git and the API; null: none. */
  readonly tokenFile: string | null;
  /** Patterns of full names that are added when they first push; `*` stands for anything. */
  readonly allow: readonly string[];
  /** File (absolute) with the secret of the webhook of a whole organisation; null: there is none. */
  readonly webhookSecretFile: string | null;
}

const HOSTED: Readonly<Partial<Record<ForgeKind, string>>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  bitbucket: 'https://bitbucket.org',
};

/** The forges of the file: `github` first, then `forges` in their order. `path`: of the file, for paths that are relative. */
export function forgesOf(file: ConfigFile, path: string): readonly ForgeSettings[] {
  const { github, forges = [] } = file;
  const all = [...(github === undefined ? [] : [{ kind: 'github' as const, ...github }]), ...forges];
  return all.map((said) => toForge(said, dirname(path)));
}

type Said = NonNullable<ConfigFile['forges']>[number];

function toForge(said: Said, folder: string): ForgeSettings {
  const { kind, allow = [], token_file: tokenFile, webhook_secret_file: secretFile } = said;
  const url = (said.url ?? urlOfApi(kind, said.api) ?? HOSTED[kind] ?? '').replace(/\/+$/, '');
  const absolute = (file: string | undefined) => (file === undefined ? null : resolve(folder, file));
  return Object.freeze({
    ...{ kind, url, api: (said.api ?? apiOf(kind, url)).replace(/\/+$/, ''), allow },
    ...{ tokenFile: absolute(tokenFile), webhookSecretFile: absolute(secretFile) },
  });
}

/** GitHub Enterprise Server has its API under `/api/v3` of its own host. */
function urlOfApi(kind: ForgeKind, api: string | undefined): string | undefined {
  if (api === undefined || api.replace(/\/+$/, '') === 'https://api.github.com') return undefined;
  if (kind === 'bitbucket') return undefined;
  return new URL(api).origin;
}

function apiOf(kind: ForgeKind, url: string): string {
  switch (kind) {
    case 'github':
      return url === HOSTED.github ? 'https://api.github.com' : `${url}/api/v3`;
    case 'gitlab':
      return `${url}/api/v4`;
    case 'bitbucket':
      return url === HOSTED.bitbucket ? 'https://api.bitbucket.org/2.0' : `${url}/2.0`;
    case 'bitbucket-data-center':
      return `${url}/rest/api/latest`;
    default:
      return `${url}/api/v1`;
  }
}
