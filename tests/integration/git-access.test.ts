import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { AccessDeniedError } from '../../src/git/git.ts';
import { lsRemote, Mirrors } from '../../src/git/mirror.ts';
import { tokenCredential } from '../../src/model/credential.ts';
import { createLogger } from '../../src/support/logger.ts';
import { Ci } from '../support/ci.ts';
import { startGitHttp } from '../support/git-http.ts';
import { startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

const TOKEN = 'ghp_16C7e42F292c6912E7710c838347Ae178B4a';
const access = { kind: 'token', user: 'x-access-token', token: TOKEN } as const;
const logger = createLogger('silent');

async function privateServer(path: string, more: { redirect?: string } = {}) {
  return startGitHttp({ root: dirname(path), account: `x-access-token:${TOKEN}`, look: TOKEN, ...more });
}

test('git is let in with a token that no process list, environment or file of the mirror holds', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await privateServer(origin.path);
  await using home = await tempDir();
  const source = `${server.url}/app/.git`;
  const mirrors = new Mirrors({ home: home.path, logger, accessOf: async () => access });
  await mirrors.fetch(1, source);
  const sha = await origin.git('rev-parse', 'HEAD');
  expect([...(await lsRemote(source, { access })).values()]).toEqual([sha]);
  expect(
    execFileSync('git', ['--git-dir', mirrors.pathOf(1), 'log', '-1', '--format=%H', sha], { encoding: 'utf8' }),
  ).toContain(sha);
  expect(server.leaks).toEqual([]);
  const found = () => execFileSync('grep', ['-r', TOKEN, home.path]);
  expect(found).toThrow();
});

test('who is not let in is told what to do, without a token in the words', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await privateServer(origin.path);
  const source = `${server.url}/app/.git`;
  await expect(lsRemote(source)).rejects.toThrow(AccessDeniedError);
  await expect(lsRemote(source)).rejects.toThrow(/it was not let in .*--token-file FILE/);
  const wrong = { ...access, token: 'ghp_wrong' };
  const refused = await lsRemote(source, { access: wrong }).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'E_GIT_ACCESS_DENIED' });
  expect(String((refused as Error).message)).not.toContain('ghp_wrong');
});

test('where nobody answers, that is said, and how to look', async () => {
  const error = await lsRemote('http://127.0.0.1:1/app.git').catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'E_GIT_UNREACHABLE' });
  expect((error as Error).message).toMatch(/nobody answered \(.*127\.0\.0\.1.*git ls-remote URL/);
});

test('a token is told to no host that a server sends git on to', async () => {
  await using origin = await createRepository({ a: '1' });
  await using other = await startGitHttp({ root: dirname(origin.path), account: 'a:b' });
  await using server = await startGitHttp({ root: '/', redirect: other.url });
  await expect(lsRemote(`${server.url}/app/.git`, { access })).rejects.toThrow();
  expect(other.seen.length).toBeGreaterThan(0);
  expect(other.seen.every((said) => said === null)).toBe(true);
});

test('a token that is set with a repository is kept encrypted, told to the observer, and goes with the repository', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await privateServer(origin.path);
  await using ci = await Ci.start();
  const source = `${server.url}/app/.git`;
  const { registry } = ci.dispatcher;
  await expect(registry.add({ source, name: 'acme/app' })).rejects.toThrow(AccessDeniedError);
  const credential = tokenCredential(`${TOKEN}\n`, source);
  const added = await registry.add({ source, name: 'acme/app', credential });
  expect(await ci.store.credentials.of(added.id)).toEqual(access);
  const disk = ['signalbox.db', 'signalbox.db-wal'].map((file) => readFileSync(join(ci.home, file), 'latin1'));
  expect(disk.join('')).not.toContain(TOKEN);
  expect([...(await ci.store.credentials.kinds())]).toEqual([[added.id, 'token']]);
  await registry.remove(added.id);
  expect(await ci.store.credentials.of(added.id)).toBeUndefined();
});

test('a password in a URL is kept as a credential, and shown nowhere', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await privateServer(origin.path);
  await using ci = await Ci.start();
  const url = new URL(`${server.url}/app/.git`);
  [url.username, url.password] = ['x-access-token', TOKEN];
  const added = await ci.dispatcher.registry.add({ source: url.href, name: 'acme/app' });
  expect(JSON.stringify(added)).not.toContain(TOKEN);
  expect(await ci.store.credentials.of(added.id)).toEqual(access);
});

test('an observer polls with the token that the dispatcher tells it, and keeps it on no disk', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await privateServer(origin.path);
  const remote = await wireRepository(origin, {
    name: 'acme/app',
    sources: [`${server.url}/app/.git`],
    credential: access,
  });
  await using ci = await startObserver({ repositories: [remote], poll: { localSeconds: 3600, remoteSeconds: 0.1 } });
  const sha = await origin.commit('one');
  await ci.door.untilSha(sha);
  await waitFor('all processed', () => ci.observer.waiting === 0);
  const found = () => execFileSync('grep', ['-r', TOKEN, ci.home]);
  expect(found).toThrow();
  expect(JSON.stringify(ci.logs)).not.toContain(TOKEN);
  expect(server.leaks).toEqual([]);
});
