import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Ci } from '../support/ci.ts';
import { GIT_TEST_ENV } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const run = promisify(execFile);

/** What a runner on another machine does to have a commit. */
async function fetchCommit(url: string, ticket: string, sha: string): Promise<string> {
  await using folder = await tempDir();
  const env = { ...process.env, ...GIT_TEST_ENV, GIT_TERMINAL_PROMPT: '0' };
  const git = (...args: string[]) => run('git', args, { cwd: folder.path, env });
  await git('init', '-q', '.');
  const header = `http.extraHeader=Authorization: Basic ${Buffer.from(`runner:${ticket}`).toString('base64')}`;
  await git('-c', header, 'fetch', '-q', '--depth=1', url, sha);
  return (await git('ls-tree', '--name-only', sha)).stdout;
}

test('a runner on another machine gets the commit of its job with the ticket of its lease, and nothing else', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await using secret = await ci.repository();
  const runner = await ci.runner();
  const sha = await repository.commit('on no branch');
  await repository.git('reset', '-q', '--hard', 'HEAD~1');
  await ci.push(repository, sha);
  const lease = await runner.lease();
  const { path, ticket } = lease.git;
  const base = `http://${ci.address}`;
  expect(await fetchCommit(base + path, ticket, sha)).toBe('ci.sh\n');

  const other = await secret.git('rev-parse', 'HEAD');
  await expect(fetchCommit(`${base}/git/${secret.record.id}`, ticket, other)).rejects.toThrow();
  await expect(fetchCommit(base + path, `${ticket.slice(0, -1)}x`, sha)).rejects.toThrow();
  await runner.finished(lease);
  await expect(fetchCommit(base + path, ticket, sha)).rejects.toThrow();
});

test('without a ticket, and for anything but a fetch, the answer is no', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  const runner = await ci.runner();
  await ci.push(repository);
  const { path, ticket } = (await runner.lease()).git;
  const ask = async (url: string, init: RequestInit = {}) => (await fetch(`http://${ci.address}${url}`, init)).status;
  const headers = { Authorization: `Basic ${Buffer.from(`r:${ticket}`).toString('base64')}` };
  expect(await ask(`${path}/info/refs?service=git-upload-pack`)).toBe(401);
  expect(await ask(`${path}/info/refs?service=git-upload-pack`, { headers })).toBe(200);
  expect(await ask(`${path}/info/refs?service=git-receive-pack`, { headers })).toBe(404);
  expect(await ask(`${path}/git-receive-pack`, { headers, method: 'POST' })).toBe(404);
  for (const url of ['/', '/api/runs', '/git/../git/1/HEAD', `${path}/HEAD`, join(path, 'objects/info/packs')])
    expect(await ask(url, { headers })).toBe(404);
});
