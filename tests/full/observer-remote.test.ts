import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { remoteRefs } from '../../src/hooks/remote-refs.ts';
import { startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

test('a commit of a remote repository is found by asking it, fetched and dispatched', async () => {
  await using origin = await createRepository({ a: '1' });
  const remote = await wireRepository(origin, { name: 'acme/app', sources: [`file://${origin.path}`] });
  await using ci = await startObserver({ repositories: [remote], poll: { localSeconds: 3600, remoteSeconds: 0.1 } });
  const shas = [await origin.commit('one'), await origin.commit('two')];
  await ci.door.untilSha(shas[1]!);
  expect(ci.door.shas).toEqual(shas);
  expect(ci.door.of(shas[1]!)).toMatchObject({ trigger: 'poll', ref: 'refs/heads/main' });
  await origin.git('tag', '-a', 'v1', '-m', 'version 1');
  await ci.door.until('the tag', ({ dispatches }) => dispatches.some(({ ref }) => ref === 'refs/tags/v1'));
  expect(ci.door.dispatches.at(-1)).toMatchObject({ after: shas[1] });
});

test('a webhook of a remote repository is fetched at once, and so is a commit that was forced away', async () => {
  await using origin = await createRepository({ a: '1' });
  const remote = await wireRepository(origin, { name: 'local/app', sources: [`file://${origin.path}`] });
  await using ci = await startObserver({ repositories: [remote] });
  const gone = await origin.commit('typo');
  await origin.git('commit', '-q', '--amend', '--allow-empty', '-m', 'no typo');
  const amended = await origin.git('rev-parse', 'HEAD');
  await ci.push({ after: gone });
  await ci.push({ after: amended });
  await ci.door.untilSha(amended);
  await waitFor('all processed', () => ci.observer.waiting === 0);
  expect(ci.door.shas).toEqual([gone, amended]);
  expect(ci.door.of(amended).trigger).toBe('webhook');
});

test('a remote that cannot be reached is told once, and its deliveries wait until it can', async () => {
  await using origin = await createRepository({ a: '1' });
  const remote = await wireRepository(origin, { sources: [`file://${origin.path}`] });
  await using ci = await startObserver({
    repositories: [{ ...remote, sources: [`file://${origin.path}/not-there`] }],
    poll: { localSeconds: 3600, remoteSeconds: 0.05 },
  });
  const sha = await origin.commit('second');
  await ci.push({ after: sha });
  await waitFor('the state', () => ci.observer.sources[0]?.state === 'unavailable');
  ci.door.setRepositories([remote]);
  await ci.door.untilSha(sha);
  expect(ci.logs.filter(({ msg }) => msg === 'the repository cannot be read')).toHaveLength(1);
});

test('a URL that git must not be given is refused in words', async () => {
  await using origin = await createRepository({ a: '1' });
  const remote = await wireRepository(origin, { sources: ['ext::sh -c touch% /tmp/pwned'] });
  await using ci = await startObserver({ repositories: [remote] });
  await waitFor('the state', () => ci.observer.sources[0]?.state === 'unavailable');
  expect(ci.observer.sources[0]?.why).toContain('cannot be used as a repository');
});

test('a repository with a folder and a URL is looked at in both, and a commit is dispatched once', async () => {
  await using origin = await createRepository({ a: '1' });
  await using here = await createRepository();
  await here.git('pull', '-q', origin.path, 'main');
  const both = await wireRepository(origin, { sources: [here.path, `file://${origin.path}`] });
  await using ci = await startObserver({ repositories: [both], poll: { localSeconds: 0.1, remoteSeconds: 0.1 } });
  const local = await here.commit('here');
  await ci.door.untilSha(local);
  await here.git('push', '-q', origin.path, 'HEAD:refs/heads/topic');
  await ci.door.until('the branch there', ({ dispatches }) => dispatches.some(({ ref }) => ref === 'refs/heads/topic'));
  const remote = await origin.commit('there');
  await ci.door.untilSha(remote);
  await waitFor('all processed', () => ci.observer.waiting === 0);
  expect(ci.door.shas).toEqual([local, remote]);
});

test('what a second source has when it joins a repository is not new; what comes to it later is', async () => {
  await using origin = await createRepository({ a: '1' });
  const old = await origin.commit('old');
  await using here = await createRepository({ b: '2' });
  const one = await wireRepository(here);
  await using ci = await startObserver({ repositories: [one], poll: { localSeconds: 0.1, remoteSeconds: 0.1 } });
  const local = await here.commit('here');
  await ci.door.untilSha(local);
  const sources = [here.path, `file://${origin.path}`];
  ci.door.setRepositories([{ ...one, sources, baseline: { ...one.baseline, 'refs/heads/main': old } }]);
  await waitFor('the second source', () => ci.observer.sources.some(({ source }) => source === sources[1]));
  const remote = await origin.commit('there');
  await ci.door.untilSha(remote);
  expect(ci.door.shas).toEqual([local, remote]);
});

test('a repository behind http is asked and fetched', async () => {
  await using origin = await createRepository({ a: '1' });
  await origin.git('tag', '-a', 'v1', '-m', 'version 1');
  await using server = await serve(join(origin.path, '.git'));
  await origin.git('update-server-info');
  const first = await origin.git('rev-parse', 'HEAD');
  expect(await remoteRefs(server.url)).toEqual(
    new Map([
      ['refs/heads/main', first],
      ['refs/tags/v1', first],
    ]),
  );
  const remote = await wireRepository(origin, { sources: [server.url] });
  await using ci = await startObserver({ repositories: [remote], poll: { localSeconds: 3600, remoteSeconds: 0.1 } });
  const sha = await origin.commit('second');
  await origin.git('update-server-info');
  await ci.door.untilSha(sha);
});

test('a remote that says no is told with what git says of it', async () => {
  await using origin = await createRepository({ a: '1' });
  await using server = await serve(join(origin.path, 'nothing here'));
  await expect(remoteRefs(server.url)).rejects.toThrow(/not found/);
  await expect(remoteRefs('http://example.org/app.git')).rejects.toThrow(/use https/);
  await expect(remoteRefs('--upload-pack=touch pwned')).rejects.toThrow(/dash/);
});

/** A git folder as plain files: git's oldest way over http. */
async function serve(folder: string): Promise<AsyncDisposable & { url: string }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    readFile(join(folder, normalize(pathname))).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
