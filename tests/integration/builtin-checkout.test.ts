import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Workspace } from '../../src/git/workspace.ts';
import { type BuiltinWishes, startBuiltins } from '../support/builtin.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

/** A job whose workspace is at the repository's HEAD. */
async function startAt(repository: TestRepository, wishes: BuiltinWishes = {}) {
  const dir = await tempDir();
  const sha = await repository.git('rev-parse', 'HEAD');
  const workspace = new Workspace({ folder: join(dir.path, 'w') });
  const objects = [join(repository.path, '.git', 'objects')];
  const { path } = await workspace.prepare({ sha, tree: null, objects });
  const git = { objects, path: '/git/1', ticket: 't' };
  const job = await startBuiltins({ ...wishes, workspace: path, order: { sha, git, ...wishes.order } });
  const say = (...args: string[]) => execFileSync('git', args, { cwd: path, encoding: 'utf8' }).trim();
  return {
    ...{ ...job, sha, say, warm: workspace },
    async [Symbol.asyncDispose]() {
      await job[Symbol.asyncDispose]();
      await workspace.close();
      await dir[Symbol.asyncDispose]();
    },
  };
}

/** The server that has this repository as `<owner>/app`. */
function serverOf({ path }: TestRepository) {
  const folder = dirname(path);
  return { settings: { server: pathToFileURL(dirname(folder)).href }, name: `${folder.split('/').at(-1)}/app` };
}

describe('a checkout of the commit that the job is about', () => {
  test('starts no process, and leaves the branch and origin as GitHub does', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await using job = await startAt(repository);
    expect(await job.run('actions/checkout')).toEqual({ conclusion: 'success' });
    expect(job.commands).toEqual([]);
    expect(job.said).toEqual([`[signalbox] the workspace is at ${job.sha} already: nothing to fetch`]);
    expect(job.outputs).toEqual({ ref: 'refs/heads/main', commit: job.sha });
    expect(job.say('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
    expect(job.say('rev-parse', 'HEAD', 'origin/main')).toBe(`${job.sha}\n${job.sha}`);
    expect(job.say('status', '--porcelain')).toBe('');
    job.say('fetch', '-q', 'origin', 'main');
  });

  test.each(['', 'local/my-répo-日本語'])(
    'goes by the name that the repository has here, in any letters',
    async (said) => {
      await using repository = await createRepository({ 'a.txt': 'a' });
      const name = 'local/my-répo-日本語';
      await using job = await startAt(repository, { order: { repository: { id: 1, name } } });
      expect(await job.run('actions/checkout', { repository: said })).toEqual({ conclusion: 'success' });
      expect(job.say('rev-parse', 'HEAD', 'origin/main')).toBe(`${job.sha}\n${job.sha}`);
      expect(job.say('config', 'remote.origin.pushurl')).toMatch(/local\/my-répo-日本語$/);
    },
  );

  test('leaves nothing of that to the next job', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await using job = await startAt(repository);
    await job.run('actions/checkout', { 'fetch-depth': '0' });
    await job.warm.afterJob();
    const next = await repository.commit('second', { 'b.txt': 'b' });
    await job.warm.prepare({ sha: next, tree: null, objects: [join(repository.path, '.git', 'objects')] });
    expect(job.say('rev-parse', 'HEAD')).toBe(next);
    expect(job.say('for-each-ref')).toBe('');
    expect(job.say('config', '--list', '--local')).not.toContain('remote.');
    expect(job.say('status', '--porcelain')).toBe('');
  });

  test('brings all branches and tags with fetch-depth 0', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.git('tag', '-a', 'v1', '-m', 'one');
    await repository.git('branch', 'other');
    await repository.commit('second');
    await using job = await startAt(repository);
    expect(await job.run('actions/checkout', { 'fetch-depth': '0' })).toEqual({ conclusion: 'success' });
    expect(job.say('for-each-ref', '--format=%(refname)').split('\n')).toEqual([
      ...['refs/heads/main', 'refs/remotes/origin/main', 'refs/remotes/origin/other', 'refs/tags/v1'],
    ]);
    expect(job.say('rev-list', '--count', 'HEAD')).toBe('2');
    expect(job.say('describe')).toMatch(/^v1-1-g/);
  });

  test('brings the refs of a mirror under the names that they have at their source', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    const sha = await repository.git('rev-parse', 'HEAD');
    await repository.git('update-ref', 'refs/signalbox/0123456789ab/heads/feature/x', sha);
    await using job = await startAt(repository);
    await job.run('actions/checkout', { 'fetch-depth': '0' });
    expect(job.say('rev-parse', 'origin/feature/x')).toBe(sha);
  });

  test('takes a second time what steps have changed away, unless clean is false', async () => {
    await using repository = await createRepository({ 'a.txt': 'a', '.gitignore': 'junk' });
    await using job = await startAt(repository);
    await job.run('actions/checkout');
    const dirty = () => {
      writeFileSync(join(job.workspace, 'a.txt'), 'changed');
      writeFileSync(join(job.workspace, 'junk'), 'x');
    };
    dirty();
    await job.run('actions/checkout', { clean: 'false' });
    expect(existsSync(join(job.workspace, 'junk'))).toBe(true);
    dirty();
    await job.run('actions/checkout');
    expect(readFileSync(join(job.workspace, 'a.txt'), 'utf8')).toBe('a');
    expect(existsSync(join(job.workspace, 'junk'))).toBe(false);
  });

  test.each([
    ['files', (folder: string) => rmSync(join(folder, 'a.txt'))],
    [
      'everything',
      (folder: string) => readdirSync(folder).map((one) => rmSync(join(folder, one), { recursive: true })),
    ],
  ])('brings back what a step before it has removed: %s', async (_, remove) => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await using job = await startAt(repository, { hasBegun: true });
    remove(job.workspace);
    writeFileSync(join(job.workspace, 'junk'), 'x');
    expect(await job.run('actions/checkout')).toEqual({ conclusion: 'success' });
    expect(readdirSync(job.workspace).sort()).toEqual(['.git', 'a.txt']);
    expect(job.say('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
    expect(job.say('rev-parse', 'HEAD', 'origin/main')).toBe(`${job.sha}\n${job.sha}`);
    expect(job.say('status', '--porcelain')).toBe('');
    await job.warm.afterJob();
    const next = await repository.commit('second', { 'b.txt': 'b' });
    await job.warm.prepare({ sha: next, tree: null, objects: [join(repository.path, '.git', 'objects')] });
    expect(readdirSync(job.workspace).sort()).toEqual(['.git', 'a.txt', 'b.txt']);
    expect(job.say('for-each-ref')).toBe('');
  });

  test('is on its branch again after another one was checked out', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.git('branch', 'other');
    await using job = await startAt(repository);
    await job.run('actions/checkout', { ref: 'other' });
    await job.run('actions/checkout');
    expect(job.say('rev-parse', '--abbrev-ref', 'HEAD')).toBe('main');
  });

  test('into a folder of its own brings all branches with fetch-depth 0', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.git('branch', 'other');
    await using job = await startAt(repository);
    const later = await repository.commit('the branch has moved on');
    const inputs = { path: 'src', 'fetch-depth': '0' };
    expect(await job.run('actions/checkout', inputs)).toEqual({ conclusion: 'success' });
    const at = ['-C', join(job.workspace, 'src')];
    expect(job.say(...at, 'rev-parse', 'HEAD', 'main', 'origin/main')).toBe([job.sha, job.sha, job.sha].join('\n'));
    expect(job.say(...at, 'rev-parse', 'origin/other')).toBe(job.sha);
    expect(job.say(...at, 'cat-file', '-t', later)).toBe('commit');
    expect(await job.run('actions/checkout', { ...inputs, ref: 'main' })).toEqual({ conclusion: 'success' });
  });

  test('of a tag is detached', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    const run = { id: 1, number: 1, attempt: 1, event: 'push', ref: 'refs/tags/v1' };
    await using job = await startAt(repository, { order: { run } });
    await job.run('actions/checkout');
    expect(job.say('describe', '--tags', '--exact-match')).toBe('v1');
    expect(job.say('rev-parse', '--abbrev-ref', 'HEAD')).toBe('HEAD');
  });
});

describe('a checkout of something else', () => {
  test('another ref of the repository replaces what is in the workspace', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.git('switch', '-q', '-c', 'feature/x');
    const other = await repository.commit('other', { 'b.txt': 'b' });
    await repository.git('switch', '-q', 'main');
    await using job = await startAt(repository);
    expect(await job.run('actions/checkout', { ref: 'feature/x' })).toEqual({ conclusion: 'success' });
    expect(job.outputs).toMatchObject({ ref: 'feature/x', commit: other });
    expect(job.say('rev-parse', '--abbrev-ref', 'HEAD')).toBe('feature/x');
    expect(existsSync(join(job.workspace, 'b.txt'))).toBe(true);
    expect(await job.run('actions/checkout', { ref: job.sha })).toEqual({ conclusion: 'success' });
    expect(existsSync(join(job.workspace, 'b.txt'))).toBe(false);
  });

  test('into folders, the first one finds the workspace empty', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.commit('second');
    const { settings, name } = serverOf(repository);
    await using job = await startAt(repository, { settings });
    expect(await job.run('actions/checkout', { path: 'main' })).toEqual({ conclusion: 'success' });
    expect(readdirSync(job.workspace)).toEqual(['main']);
    expect(await job.run('actions/checkout', { repository: name, path: 'lib', ref: 'main' })).toEqual({
      conclusion: 'success',
    });
    expect(readdirSync(job.workspace)).toEqual(['lib', 'main']);
    expect(readdirSync(join(job.workspace, 'lib'))).toEqual(['.git', 'a.txt']);
    expect(job.say('-C', 'lib', 'rev-list', '--count', 'HEAD')).toBe('1');
    expect(job.say('-C', 'main', 'rev-parse', 'HEAD')).toBe(job.sha);
  });

  test('another repository comes with its default branch, and with its submodules', async () => {
    await using lib = await createRepository({ 'lib.txt': 'lib' });
    await using repository = await createRepository({ 'a.txt': 'a' });
    await repository.git('-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', lib.path, 'vendor/lib');
    await repository.commit('with a submodule');
    const { settings, name } = serverOf(repository);
    await using own = await createRepository({ 'x.txt': 'x' });
    await using job = await startAt(own, { settings });
    const end = await job.run('actions/checkout', { repository: name, path: 'app', submodules: 'recursive' });
    expect(end).toEqual({ conclusion: 'success' });
    expect(readFileSync(join(job.workspace, 'app/vendor/lib/lib.txt'), 'utf8')).toBe('lib');
  });

  test('what is not there is an error in words', async () => {
    await using repository = await createRepository({ 'a.txt': 'a' });
    await using job = await startAt(repository);
    expect(await job.run('actions/checkout', { ref: 'nowhere' })).toEqual({
      conclusion: 'error',
      reason: expect.stringMatching(/^acme\/app has no branch and no tag nowhere at /),
    });
    expect(await job.run('actions/checkout', { repository: 'acme/lib', path: 'lib' })).toMatchObject({
      conclusion: 'error',
      reason: expect.stringMatching(/127\.0\.0\.1:1\/acme\/lib/),
    });
    expect(await job.run('actions/checkout', { path: '../out' })).toMatchObject({ conclusion: 'failure' });
    expect(await job.run('actions/checkout', { 'fetch-depth': 'x' })).toMatchObject({
      reason: 'the input fetch-depth is "x"; it must be a whole number',
    });
  });

  test('only some folders, with sparse-checkout', async () => {
    await using repository = await createRepository({ 'a/a.txt': 'a', 'b/b.txt': 'b', 'root.txt': '' });
    await using job = await startAt(repository);
    await job.run('actions/checkout', { 'sparse-checkout': 'a\n' });
    expect(readdirSync(job.workspace).sort()).toEqual(['.git', 'a', 'root.txt']);
  });
});
