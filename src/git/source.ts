import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CiError } from '../support/ci-error.ts';

/** A place where a repository can be had, after it was looked at. */
export type Source =
  | { readonly kind: 'local'; readonly path: string }
  | { readonly kind: 'remote'; readonly url: string; readonly protocols: string };

/** Something that is no path and no URL that git may be given. */
export class BadSourceError extends CiError {
  override readonly name = 'BadSourceError';
  readonly code = 'E_BAD_SOURCE';
  constructor(source: string, why: string) {
    super(
      `${withoutPassword(source)} cannot be used as a repository (${why}); give an absolute path, https://…, ` +
        'ssh://…, user@host:path, file:///…, or http:// on this machine',
    );
  }
}

/** `git@github.com:acme/app.git`: what ssh users type. */
const SCP_LIKE = /^[A-Za-z0-9_][\w.-]*@[A-Za-z0-9][\w.-]*:(?!\/\/)[^-:].*$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Tells what a source is, and refuses what git would take for something else: helpers (`ext::…`), options (`-u…`),
 * protocols without authentication.
 * @throws {BadSourceError}
 */
export function parseSource(source: string): Source {
  if (source.startsWith('-')) throw new BadSourceError(source, 'it begins with a dash');
  if (/[\0\r\n]/.test(source) && !isAbsolute(source)) throw new BadSourceError(source, 'it has a line break in it');
  if (source.includes('\0')) throw new BadSourceError(source, 'it has a null byte in it');
  if (isAbsolute(source)) return { kind: 'local', path: source };
  if (SCP_LIKE.test(source)) return { kind: 'remote', url: source, protocols: 'ssh' };
  if (!URL.canParse(source) || !/^[a-z]+:\/\//i.test(source))
    throw new BadSourceError(source, 'it is no URL and no absolute path');
  return parseUrl(source, new URL(source));
}

/** The same text without user and password, for people and logs. */
export function withoutPassword(text: string): string {
  return text.replace(/(:\/\/)[^/@\s]*@/g, '$1');
}

function parseUrl(source: string, url: URL): Source {
  const host = decodeURIComponent(url.hostname);
  if (/^-/.test(host) || /^-/.test(decodeURIComponent(url.username)))
    throw new BadSourceError(source, 'its host begins with a dash');
  switch (url.protocol) {
    case 'https:':
      return { kind: 'remote', url: source, protocols: 'https' };
    case 'ssh:':
      return { kind: 'remote', url: source, protocols: 'ssh' };
    case 'http:':
      if (!LOOPBACK.test(host)) throw new BadSourceError(source, 'http is not encrypted; use https');
      return { kind: 'remote', url: source, protocols: 'http' };
    case 'file:':
      if (url.host !== '') throw new BadSourceError(source, 'a file URL names no host');
      return { kind: 'local', path: fileURLToPath(url) };
    default:
      throw new BadSourceError(source, `the protocol ${url.protocol.slice(0, -1)} is not allowed`);
  }
}
