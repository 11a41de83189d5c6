import { expect, test } from 'vitest';
import { forkAddress } from '../../src/git/fork-address.ts';
import { parseSource } from '../../src/git/source.ts';

test.each([
  ['/home/ada/app', { kind: 'local', path: '/home/ada/app' }],
  ['/home/ada/a b;$(id)\n-x', { kind: 'local', path: '/home/ada/a b;$(id)\n-x' }],
  ['file:///home/ada/a%20b', { kind: 'local', path: '/home/ada/a b' }],
  ['https://github.com/acme/app.git', { kind: 'remote', url: 'https://github.com/acme/app.git', protocols: 'https' }],
  ['ssh://git@host:2222/x', { kind: 'remote', url: 'ssh://git@host:2222/x', protocols: 'ssh' }],
  ['git@github.com:acme/app.git', { kind: 'remote', url: 'git@github.com:acme/app.git', protocols: 'ssh' }],
  ['http://127.0.0.1:8080/x', { kind: 'remote', url: 'http://127.0.0.1:8080/x', protocols: 'http' }],
  ['http://[::1]:8080/x', { kind: 'remote', url: 'http://[::1]:8080/x', protocols: 'http' }],
])('%s can be a repository', (source, expected) => {
  expect(parseSource(source)).toEqual(expected);
});

test.each([
  'ext::sh -c touch% /tmp/x',
  'EXT::sh -c x',
  'git@ext::sh -c x',
  'fd::17/foo',
  '--upload-pack=touch x',
  '-u',
  'git://github.com/acme/app',
  'http://example.org/x.git',
  'http://127.0.0.1@example.org/x.git',
  'http://localhost.example.org/x.git',
  'ssh://-oProxyCommand=touch%20x/y',
  'ssh://-oProxyCommand=x@host/y',
  'file://host/share',
  'https://host/x\n--upload-pack=y',
  'relative/path',
  'C:\\x',
  '',
  '/a\0b',
])('%j is refused as a repository', (source) => {
  expect(() => parseSource(source)).toThrow(expect.objectContaining({ code: 'E_BAD_SOURCE' }));
});

test.each([
  ['https://bitbucket.org/acme/app.git', 'https://bitbucket.org/eve/app.git'],
  ['https://ada:word@bitbucket.org/acme/app', 'https://bitbucket.org/eve/app.git'],
  ['git@bitbucket.org:acme/app.git', 'https://bitbucket.org/eve/app.git'],
  ['ssh://git@altssh.bitbucket.org:443/acme/app.git', 'https://bitbucket.org/eve/app.git'],
  ['/home/ada/app', undefined],
])('a fork of %s is cloned from %s', (source, address) => {
  expect(forkAddress(source, 'eve/app')).toBe(address);
});

test.each(['eve', 'eve/../x', '../x', 'eve/a/b', '@evil.example/x', 'eve/app?x', 'eve/app#x', 'eve/ap p'])(
  '%j is no fork',
  (path) => expect(forkAddress('https://bitbucket.org/acme/app.git', path)).toBeUndefined(),
);

test('a password in an address is not repeated', () => {
  expect(() => parseSource('http://ada:hunter2@example.org/x')).toThrow(/^http:\/\/example\.org\/x cannot be used/);
});
