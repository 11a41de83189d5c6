import { readFile } from 'node:fs/promises';
import type { ForgeSettings } from './config.ts';
import { forgeOf } from './forge-of.ts';

/** A token, and what the forge wants to see beside it. */
export interface HostToken {
  readonly kind: 'token';
  readonly user: string;
  readonly token: string;
}

/**
 * Makes tokens when they are needed, such as a GitHub App's for where it is installed. `api`: base of the forge's API; `path`:
 * `owner/name` there. Undefined: there is none for this repository. Rejected: there should be one, and it cannot be had now.
 */
export type TokenMaker = (api: string, path: string) => Promise<string | undefined>;

/** What the forges take beside a token. */
const USERS: Readonly<Record<ForgeSettings['kind'], string>> = {
  github: 'x-access-token',
  gitea: 'x-access-token',
  forgejo: 'x-access-token',
  gitlab: 'oauth2',
  bitbucket: 'x-token-auth',
  bitbucket_data_center: 'x-token-auth',
};

/** The token of the configured forge that has this https address; undefined: no forge, or it has none. */
export async function hostToken(
  forges: readonly ForgeSettings[],
  source: string,
  makeToken: TokenMaker = async () => undefined,
): Promise<HostToken | undefined> {
  if (!URL.canParse(source)) return undefined;
  const address = new URL(source);
  const forge = forges.find((one) => isOn(address, one));
  if (forge === undefined) return undefined;
  const token = await tokenAt(forge, forgeOf([source], [forge])?.path, makeToken);
  return token === undefined ? undefined : { kind: 'token', user: forge.user ?? USERS[forge.kind], token };
}

/**
 * The token for a repository at its forge: made for it, before the one of the configuration.
 * @throws what `makeToken` throws, where the configuration has none to fall back to.
 */
export async function tokenAt(
  forge: ForgeSettings,
  path: string | undefined,
  makeToken: TokenMaker = async () => undefined,
): Promise<string | undefined> {
  const configured = await tokenOf(forge);
  if (forge.kind !== 'github' || path === undefined) return configured;
  const made = makeToken(forge.api, path);
  return (await (configured === undefined ? made : made.catch(() => undefined))) ?? configured;
}

/** The token in a forge's file, read at each use: it may be replaced while the server runs. Undefined: there is none. */
export async function tokenOf(forge: Pick<ForgeSettings, 'tokenFile'> | undefined): Promise<string | undefined> {
  return forge?.tokenFile == null ? undefined : secretIn(forge.tokenFile);
}

/** The first line of a file with a secret; undefined: it is empty or cannot be read now. */
export async function secretIn(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split(/\r?\n/, 1)[0]?.trim() || undefined;
}

/** Whole host, and whole parts of the path: `git.example.org.evil.net` is another host. Never unencrypted but on this machine. */
function isOn(address: URL, { url }: ForgeSettings): boolean {
  const forge = new URL(url);
  const isSame = address.protocol === forge.protocol && address.host === forge.host;
  return isSame && address.pathname.startsWith(forge.pathname.endsWith('/') ? forge.pathname : `${forge.pathname}/`);
}
