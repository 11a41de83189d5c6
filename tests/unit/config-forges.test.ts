import { expect, test } from 'vitest';
import { forgesOf } from '../../src/config/load-forges.ts';
import { fileSchema } from '../../src/config/load-schema.ts';

const forges = (said: object) => forgesOf(fileSchema.parse(said), '/etc/signalbox');

test('GitHub is there without a word, and its token may be beside the file', () => {
  expect(forges({})).toMatchObject([
    {
      ...{ kind: 'github', url: 'https://github.com', api: 'https://api.github.com', tokenFile: null, user: null },
      hasStatuses: true,
    },
  ]);
  expect(forges({ github: { api: 'https://ghe.acme.org/api/v3/', token_file: 'token' } })[0]).toMatchObject({
    ...{ url: 'https://ghe.acme.org', api: 'https://ghe.acme.org/api/v3', tokenFile: '/etc/signalbox/token' },
  });
});

test('the API of a forge is below its pages, but for Bitbucket Cloud', () => {
  const of = (kind: string, url: string) => forges({ forges: [{ kind, url, token_file: '/t' }] })[1]?.api;
  expect(of('gitea', 'https://example.org/gitea/')).toBe('https://example.org/gitea/api/v1');
  expect(of('gitlab', 'https://gitlab.com')).toBe('https://gitlab.com/api/v4');
  expect(of('bitbucket', 'https://bitbucket.org')).toBe('https://api.bitbucket.org/2.0');
  expect(of('bitbucket_data_center', 'https://b.org')).toBe('https://b.org/rest/api/latest');
});

test('a forge of a kind that nobody knows is refused', () => {
  expect(() => forges({ forges: [{ kind: 'sourcehut', url: 'https://g.org', token_file: '/t' }] })).toThrow(/gitea/);
});
