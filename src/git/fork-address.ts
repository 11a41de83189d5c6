import { FORK_PATTERN } from '../model/push.ts';
import { parseSource } from './source.ts';

/**
 * Where a fork at the same host is cloned from, over https whatever the source is: a deploy key opens one repository only.
 * @param path `owner/name` of the fork. Undefined: the source is on this machine, or the path is none.
 */
export function forkAddress(source: string, path: string): string | undefined {
  if (!FORK_PATTERN.test(path)) return undefined;
  const parsed = parseSource(source);
  if (parsed.kind === 'local') return undefined;
  const { url, protocols } = parsed;
  if (protocols !== 'ssh') return `${new URL(url).origin}/${path}.git`;
  const host = URL.canParse(url) ? new URL(url).hostname : /^[^@]*@([^:]+):/.exec(url)?.[1];
  // Bitbucket listens for ssh at port 443 under another name
  return host === undefined ? undefined : `https://${host.replace(/^altssh\./, '')}/${path}.git`;
}
