import type { ForgeSettings } from './config.ts';

/** A repository as its forge knows it. */
export interface ForgeRepository {
  readonly forge: ForgeSettings;
  /** `owner/name`; more slashes where the forge has groups. */
  readonly path: string;
}

/** Hosts of ssh that are another name of the forge's. */
const ALIASES: Readonly<Record<string, string>> = {
  'ssh.github.com': 'github.com',
  'altssh.gitlab.com': 'gitlab.com',
  'altssh.bitbucket.org': 'bitbucket.org',
};

/**
 * Where a repository is at home, by the addresses that it is cloned from: the first one at a forge that is configured.
 * Undefined: it is on this machine only, or its forge is not configured.
 */
export function forgeOf(sources: readonly string[], forges: readonly ForgeSettings[]): ForgeRepository | undefined {
  for (const source of sources)
    for (const forge of forges) {
      const path = pathAt(source, forge);
      if (path !== undefined) return { forge, path };
    }
  return undefined;
}

function pathAt(source: string, forge: ForgeSettings): string | undefined {
  const base = new URL(forge.url);
  const scp = /^[^@/\s]+@(?<host>[^:/]+):(?!\/\/)(?<path>.+)$/.exec(source)?.groups;
  if (scp !== undefined) return isHost(scp.host ?? '', base) ? cut(scp.path ?? '', forge) : undefined;
  if (!/^(?:https?|ssh):\/\//i.test(source) || !URL.canParse(source)) return undefined;
  const url = new URL(source);
  // ssh is at a port of its own, and knows nothing of the folder below which the pages are
  if (url.protocol === 'ssh:') return isHost(url.hostname, base) ? cut(url.pathname, forge) : undefined;
  const folder = base.pathname.replace(/\/*$/, '/');
  if (url.host.toLowerCase() !== base.host || !url.pathname.startsWith(folder)) return undefined;
  return cut(url.pathname.slice(folder.length), forge);
}

function isHost(host: string, base: URL): boolean {
  const name = host.toLowerCase();
  return (ALIASES[name] ?? name) === base.hostname;
}

function cut(path: string, { kind }: ForgeSettings): string | undefined {
  const bare = decode(path)
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
  // Bitbucket Data Center clones below /scm
  const own = kind === 'bitbucket_data_center' ? bare.replace(/^scm\//, '') : bare;
  const parts = own.split('/');
  const isPath = parts.length >= 2 && parts.every((part) => part !== '' && part !== '.' && part !== '..');
  return isPath && (kind === 'gitlab' || parts.length === 2) ? own : undefined;
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
