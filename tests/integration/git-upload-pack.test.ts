import { execFile } from 'node:child_process';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { lsRemote } from '../../src/git/mirror.ts';
import { serveUploadPack, ticketOf } from '../../src/git/upload-pack.ts';
import { Workspace } from '../../src/git/workspace.ts';
import { createRepository, GIT_TEST_ENV, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);

/** Serves a repository to those who have the ticket `secret`. */
async function serve(repository: TestRepository) {
  const requests: string[] = [];
  const server = createServer((request: IncomingMessage, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (ticketOf(request) !== 'secret') response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    else void serveUploadPack(request, response, { gitDir: join(repository.path, '.git') });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `http://${host}/git/7`,
    withTicket: `http://lease:secret@${host}/git/7`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test('a runner on another machine gets a commit from its dispatcher, and then only what is new', async () => {
  await using repository = await createRepository({ a: '1', 'd/b': '2' });
  await using server = await serve(repository);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const at = async () => ({
    sha: await repository.git('rev-parse', 'HEAD'),
    tree: await repository.git('rev-parse', 'HEAD^{tree}'),
    objects: ['/not/on/this/machine'],
    fetch: { url: server.url, ticket: 'secret' },
  });
  const { path, restored } = await workspace.prepare(await at());
  expect(restored).toBe('fresh');
  const status = () => run('git', ['status', '--porcelain'], { cwd: path, env: { ...process.env, ...GIT_TEST_ENV } });
  const log = () => run('git', ['log', '--format=%s'], { cwd: path, env: { ...process.env, ...GIT_TEST_ENV } });
  expect((await status()).stdout).toBe('');
  expect((await log()).stdout).toBe('first\n');
  await workspace.afterJob();
  await repository.commit('second', { a: '2' });
  await repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'on no branch soon');
  const lost = await at();
  await repository.git('reset', '-q', '--hard', 'HEAD~');
  expect((await workspace.prepare(lost)).restored).toBe('updated');
  expect((await log()).stdout).toBe('on no branch soon\n');
  await workspace.afterJob();
  const before = server.requests.length;
  expect((await workspace.prepare(lost)).restored).toBe('untouched');
  expect(server.requests.length).toBe(before);
  const gone = { ...lost, sha: '1'.repeat(40), tree: null };
  await expect(workspace.prepare(gone)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  const stranger = { ...(await at()), sha: '2'.repeat(40), tree: null, fetch: { url: server.url, ticket: 'wrong' } };
  await expect(workspace.prepare(stranger)).rejects.toMatchObject({ code: 'E_FETCH_FAILED' });
  expect((await workspace.prepare(lost)).restored).toBe('untouched');
});

test('git itself can list and clone what is served, in each version of its protocol, and cannot push', async () => {
  await using repository = await createRepository({ a: '1' });
  await using server = await serve(repository);
  await using dir = await tempDir();
  const env = { ...process.env, ...GIT_TEST_ENV };
  expect((await lsRemote(server.withTicket)).get('refs/heads/main')).toBe(await repository.git('rev-parse', 'HEAD'));
  for (const version of ['0', '1', '2']) {
    const clone = join(dir.path, version);
    await run('git', ['-c', `protocol.version=${version}`, 'clone', '-q', server.withTicket, clone], { env });
    await run('git', ['fetch', '-q'], { cwd: clone, env });
    await expect(run('git', ['push', '-q', 'origin', 'HEAD:refs/heads/x'], { cwd: clone, env })).rejects.toThrow('403');
  }
});

test('what is no request of git is refused', async () => {
  await using repository = await createRepository({ a: '1' });
  await using server = await serve(repository);
  const headers = { authorization: `Basic ${Buffer.from('lease:secret').toString('base64')}` };
  const post = { ...headers, 'content-type': 'application/x-git-upload-pack-request' };
  const ask = async (path: string, init: RequestInit = {}) =>
    (await fetch(server.url + path, { headers, ...init })).status;
  expect(await ask('/info/refs?service=git-receive-pack')).toBe(403);
  expect(await ask('/info/refs')).toBe(403);
  expect(await ask('/HEAD')).toBe(404);
  expect(await ask('/git-receive-pack', { method: 'POST' })).toBe(404);
  expect(await ask('/git-upload-pack', { method: 'POST', body: 'x' })).toBe(415);
  expect(await ask('/info/refs?service=git-upload-pack', { headers: {} })).toBe(401);
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, '0'));
  const zipped = { method: 'POST', body: bomb, headers: { ...post, 'content-encoding': 'gzip' } };
  const answer = await fetch(`${server.url}/git-upload-pack`, zipped).then(
    (r) => r.text(),
    () => 'cut',
  );
  expect(answer.length).toBeLessThan(1000);
});
