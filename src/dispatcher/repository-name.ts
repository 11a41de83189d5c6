import { basename, dirname } from 'node:path';
import { RepositoryNameError } from './errors.ts';

const NAME = /^[^\s/\\:?#%*"'<>|\p{Cc}]+(?:\/[^\s/\\:?#%*"'<>|\p{Cc}]+)+$/u;
const MAX_LENGTH = 200;

/**
 * Checks a name that somebody gave: `owner/name`, or more parts.
 * @throws {RepositoryNameError}
 */
export function checkName(name: string): string {
  if (name.length > MAX_LENGTH) throw new RepositoryNameError(`${name.slice(0, 40)}…`, 'it is too long');
  if (name.split('/').some((part) => part === '.' || part === '..'))
    throw new RepositoryNameError(name, 'a part of it is a dot or two');
  if (!NAME.test(name)) throw new RepositoryNameError(name, 'it needs an owner and a name, without spaces or quotes');
  return name;
}

/** The name of a local repository: `/x/y/app`, `/x/y/app/.git` and `/x/y/app.git` are `local/app`. */
export function localName(path: string): string {
  const folder = basename(path) === '.git' ? dirname(path) : path;
  return `local/${clean(basename(folder).replace(/\.git$/, '')) || 'repository'}`;
}

/** The name of a remote one: the path of its URL, `https://github.com/acme/app.git` is `acme/app`. */
export function remoteName(url: string): string {
  const path = URL.canParse(url) ? decoded(new URL(url).pathname) : url.slice(url.indexOf(':') + 1);
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
    .map(clean)
    .filter(Boolean);
  const [first = 'repository', ...more] = parts;
  return more.length > 0 ? [first, ...more].join('/') : `remote/${first}`;
}

/** What tells two ways to write the same URL from two different ones: neither case of the host, nor `.git`, nor a user. */
export function comparableUrl(url: string): string {
  if (!URL.canParse(url)) return trimmed(url.replace(/^[^@/]*@/, ''));
  const { host, pathname, protocol } = new URL(url);
  return trimmed(`${protocol}//${host.toLowerCase()}${pathname}`);
}

function trimmed(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}

function clean(part: string): string {
  // nothing in it that a shell would take for something else: people type it
  const safe = part
    .replace(/[\s/\\:?#%*"'<>|$&;()`!{}[\]~\p{Cc}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 90);
  return safe === '.' || safe === '..' ? '' : safe;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
