import type { ForgeSettings } from './config.ts';

/** Users that stand beside a token for git alone: to an API the token is enough. */
const OF_GIT: ReadonlySet<string | null> = new Set([null, 'x-access-token', 'x-token-auth', 'oauth2']);

/** How a token is shown to the API of a forge: the headers. */
export function authorizationOf(
  { kind, user }: Pick<ForgeSettings, 'kind' | 'user'>,
  token: string,
): Readonly<Record<string, string>> {
  if (kind === 'gitlab') return { 'private-token': token };
  if (kind === 'gitea' || kind === 'forgejo' || kind === 'github') return { authorization: `token ${token}` };
  if (OF_GIT.has(user)) return { authorization: `Bearer ${token}` };
  return { authorization: `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}` };
}
