import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Workspace } from '../../src/git/workspace.ts';
import { startBuiltins } from '../support/builtin.ts';
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

test('a runner on another machine is told why a commit cannot be had', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await using folder = await tempDir();
  const runner = await ci.runner();
  await ci.push(repository);
  const { git, sha } = await runner.lease();
  await rm(join(repository.path, '.git'), { recursive: true });
  await using workspace = new Workspace({ folder: join(folder.path, 'w') });
  const fetch = { url: `http://${ci.address}${git.path}`, ticket: git.ticket };
  await expect(workspace.prepare({ sha, tree: null, objects: [], fetch })).rejects.toThrow(
    /^commit \w+ could not be fetched from http:\S+: \/.*there is no such folder \(any more\)/,
  );
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

test('actions/checkout brings the whole history, and other branches, to a runner on another machine', async () => {
  await using ci = await Ci.start();
  await using repository = await ci.repository();
  await repository.git('tag', 'v1');
  await repository.git('branch', 'other');
  await repository.commit('second');
  const runner = await ci.runner();
  await ci.push(repository);
  const { sha, git: there } = await runner.lease();
  await using folder = await tempDir();
  await using workspace = new Workspace({ folder: join(folder.path, 'w') });
  const fetch = { url: `http://${ci.address}${there.path}`, ticket: there.ticket };
  const { path } = await workspace.prepare({ sha, tree: null, objects: [], fetch });
  const git = async (...args: string[]) => (await run('git', args, { cwd: path })).stdout.trim();
  expect(await git('rev-list', '--count', 'HEAD')).toBe('1');
  const order = { sha, git: { ...there, objects: [] } };
  await using job = await startBuiltins({ workspace: path, order, urlOf: (at) => `http://${ci.address}${at}` });
  expect(await job.run('actions/checkout', { 'fetch-depth': '0' })).toEqual({ conclusion: 'success' });
  expect(await git('rev-list', '--count', 'HEAD')).toBe('2');
  expect(await git('describe', '--tags')).toMatch(/^v1-1-g/);
  expect(await job.run('actions/checkout', { ref: 'other', path: 'more' })).toEqual({ conclusion: 'success' });
  expect(await git('-C', 'more', 'log', '-1', '--format=%s')).toBe('first');
  expect(job.commands.join('\n')).not.toContain(there.ticket);
});
