import { expect, test } from 'vitest';
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

test('a password in an address is not repeated', () => {
  expect(() => parseSource('http://ada:hunter2@example.org/x')).toThrow(/^http:\/\/example\.org\/x cannot be used/);
});
