import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ForgeSettings } from '../../src/config/config.ts';
import { startGitHttp } from '../support/git-http.ts';
import { startGithubApi } from '../support/github-api.ts';
import { startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const TOKEN = 'token-0123456789';
const HEADS = '/repos/acme/app/git/matching-refs/heads';

/** A repository at a forge: its objects behind a real git server, its refs told by an API. */
async function remote(kind: ForgeSettings['kind']) {
  const dir = await tempDir('signalbox-news-');
  const origin = await createRepository({ a: '1' });
  const bare = join(dir.path, 'acme/app.git');
  await origin.git('clone', '--quiet', '--bare', origin.path, bare);
  const git = await startGitHttp({ root: dir.path, account: `x-access-token:${TOKEN}` });
  const api = await startGithubApi(TOKEN);
  const settings = { tokenFile: null, user: null, hasStatuses: false, allow: [], webhookSecretFile: null };
  const credential = { kind: 'token', user: 'x-access-token', token: TOKEN } as const;
  const repository = await wireRepository(origin, {
    ...{ name: 'acme/app', sources: [`${git.url}/acme/app.git`], credential },
  });
  const options = {
    ...{ repositories: [repository], forges: [{ kind, url: git.url, api: api.url, ...settings }] },
    poll: { localSeconds: 3600, remoteSeconds: 0.05 },
  };
  const push = async (title: string) => {
    const sha = await origin.commit(title);
    await origin.git('push', '--quiet', bare, 'HEAD:main');
    return sha;
  };
  /** How often the API was asked, and git, until the API was asked `times` times more. */
  const during = async (times: number, path: string) => {
    const asked = () => api.asked.filter((line) => line.startsWith(`GET ${path} `)).length;
    const [before, gitBefore] = [asked(), git.seen.length];
    await waitFor(`${times} questions`, () => asked() >= before + times);
    return { answers: new Set(api.asked.slice(-times)), git: git.seen.length - gitBefore };
  };
  return {
    ...{ api, git, options, push, during },
    async [Symbol.asyncDispose]() {
      for (const one of [git, api, origin, dir]) await one[Symbol.asyncDispose]();
    },
  };
}

test.each([
  ['github', [HEADS, '/repos/acme/app/git/matching-refs/tags'], 304],
  ['gitea', ['/repos/acme/app/git/refs'], 200],
  ['forgejo', ['/repos/acme/app/git/refs'], 304],
  ['gitlab', ['/projects/acme%2Fapp/events?action=pushed&per_page=1'], 304],
] as const)('git is not asked while the API of %s says that nothing moved', async (kind, paths, status) => {
  await using place = await remote(kind);
  const { api, push, during } = place;
  api.isTagged = status === 304;
  for (const path of paths) api.answers[path] = [{ ref: 'refs/heads/main', object: { sha: 'a' } }];
  const [path] = paths;
  await using ci = await startObserver(place.options);
  await during(2, path); // the first look, and the one after it
  await during(1, path);
  const quiet = await during(8, path);
  expect(quiet.git).toBe(0);
  expect([...quiet.answers].filter((line) => line.startsWith(`GET ${path}`))).toEqual([`GET ${path} -> ${status}`]);
  const sha = await push('one');
  api.answers[path] = [{ ref: 'refs/heads/main', object: { sha } }];
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({ trigger: 'poll', ref: 'refs/heads/main' });
  await during(2, path);
  expect((await during(5, path)).git).toBe(0);
});

test('what the API knows before git does is found by the look after that', async () => {
  await using place = await remote('gitea');
  const { api, push, during } = place;
  const path = '/repos/acme/app/git/refs';
  api.answers[path] = ['before'];
  await using ci = await startObserver(place.options);
  await during(3, path);
  api.answers[path] = ['after'];
  await during(1, path); // git was asked, and had nothing yet
  const sha = await push('late');
  await ci.door.untilSha(sha);
});

test.each([
  ['says that its rate limit is reached', { status: 403, headers: { 'retry-after': '3600' } }],
  ['may not be asked with this token', { status: 404, headers: {} }],
  ['is broken', { status: 500, headers: {} }],
])('where the API %s, it is left alone and git is asked instead', async (_, { status, headers }) => {
  await using place = await remote('github');
  const { api, git, push } = place;
  api.answers[HEADS] = status;
  Object.assign(api.headers, headers);
  await using ci = await startObserver(place.options);
  const sha = await push('one');
  await ci.door.untilSha(sha);
  const [asked, seen] = [api.asked.filter((line) => line.includes('matching-refs')).length, git.seen.length];
  await waitFor('more looks of git', () => git.seen.length > seen + 4);
  expect(api.asked.filter((line) => line.includes('matching-refs'))).toHaveLength(asked);
  expect(asked).toBeLessThanOrEqual(2); // once, and once more by the retry
});
