import { mkdirSync } from 'node:fs';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAncestor, mergeBase } from '../../src/git/ancestry.ts';
import { changedPaths } from '../../src/git/changed-paths.ts';
import { localDefaultBranch, remoteDefaultBranch } from '../../src/git/default-branch.ts';
import { GitError, runGit } from '../../src/git/git.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { gitDirOf, RefsReader, readRefs } from '../../src/git/refs.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

test('a commit, its folders and its files are read without a checkout', async () => {
  await using repository = await createRepository({
    'README.md': 'héllo',
    'ci.sh': '#!/bin/sh\n',
    'tests/deep/test_a.py': 'pass',
  });
  const sha = await repository.commit('add a thing\n\nwith a body', { 'docs/x': 'x' });
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const commit = await reader.commit(sha);
  expect(commit).toMatchObject({
    ...{ sha, title: 'add a thing', message: 'add a thing\n\nwith a body' },
    ...{ author: 'Ada <ada@example.org>', committer: 'Ada <ada@example.org>' },
  });
  expect(commit.parents).toEqual([await repository.git('rev-parse', 'HEAD~')]);
  expect(Math.abs(commit.committedAt.getTime() - Date.now())).toBeLessThan(120_000);
  const tree = reader.treeReader(commit.tree);
  expect(await tree.list('')).toMatchObject([
    { name: 'README.md', kind: 'file' },
    { name: 'ci.sh', kind: 'executable' },
    { name: 'docs', kind: 'directory' },
    { name: 'tests', kind: 'directory' },
  ]);
  expect(await tree.list('tests/deep/')).toEqual([
    { name: 'test_a.py', kind: 'file', id: await repository.git('rev-parse', 'HEAD:tests/deep/test_a.py') },
  ]);
  expect(await tree.list('nowhere/at/all')).toEqual([]);
  expect(await tree.read('README.md')).toBe('héllo');
  expect(await tree.read('./tests/deep/test_a.py')).toBe('pass');
  expect(await tree.read('tests')).toBeUndefined();
  expect(await tree.read('no')).toBeUndefined();
});

test('what differs between two trees is found without a process, and not known where it is too much', async () => {
  await using repository = await createRepository({
    ...{ same: '1', 'docs/a.md': 'a', 'docs/b.md': 'b', 'src/deep/x.ts': 'x', 'was-file': '1', 'was-folder/in': '1' },
    ...{ 'tool.sh': 'echo' },
  });
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const treeOf = (rev: string) => repository.git('rev-parse', `${rev}^{tree}`);
  const before = await treeOf('HEAD');
  await repository.git('rm', '-q', '-r', 'docs/b.md', 'was-file', 'was-folder');
  await repository.git('update-index', '--chmod=+x', 'tool.sh');
  await repository.write({ 'src/deep/x.ts': 'y', 'was-file/in': '1', 'was-folder': '1', 'größe.txt': 'new' });
  await repository.git('commit', '-q', '-m', 'mode only');
  await repository.git('config', 'core.fileMode', 'false');
  await repository.commit('all kinds');
  const after = await treeOf('HEAD');
  const diff = await repository.git('-c', 'core.quotePath=false', 'diff', '--no-renames', '--name-only', before, after);
  const changed = await changedPaths(reader, before, after);
  expect(changed).toEqual(diff.split('\n').sort());
  expect(changed).toContain('tool.sh');
  expect(await changedPaths(reader, after, after)).toEqual([]);
  expect(await changedPaths(reader, null, after)).toContain('docs/a.md');
  expect(await changedPaths(reader, before, after, { paths: 3 })).toBeUndefined();
  expect(await changedPaths(reader, before, after, { folders: 3 })).toBeUndefined();
  expect(await changedPaths(reader, '1'.repeat(40), after)).toBeUndefined();
});

test('ancestors and the commit where two branches part are found without a process', async () => {
  await using repository = await createRepository({ a: '1' });
  const base = await repository.commit('base');
  await repository.git('checkout', '-q', '-b', 'topic');
  await repository.commit('topic 1', { b: '1' });
  const topic = await repository.commit('topic 2', { b: '2' });
  await repository.git('checkout', '-q', 'main');
  const main = await repository.commit('main', { a: '2' });
  await repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const merge = await repository.git('rev-parse', 'HEAD');
  const replaced = await repository.git('commit-tree', `${main}^{tree}`, '-p', base, '-m', 'amended');
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const commit = (sha: string) => reader.commit(sha);
  const isIn = async (sha: string, of: string) => isAncestor(reader, sha, await commit(of));
  expect([await isIn(base, merge), await isIn(topic, merge), await isIn(main, main)]).toEqual([true, true, true]);
  expect([await isIn(main, topic), await isIn(main, replaced), await isIn('1'.repeat(40), main)]).toEqual([
    ...[false, false, false],
  ]);
  expect((await mergeBase(reader, await commit(main), await commit(topic)))?.sha).toBe(base);
  expect((await mergeBase(reader, await commit(topic), await commit(merge)))?.sha).toBe(topic);
  await repository.git('checkout', '-q', '--orphan', 'other');
  const other = await repository.commit('another story');
  expect(await mergeBase(reader, await commit(other), await commit(main))).toBeUndefined();
});

test('the default branch is that of the origin, else the usual one, else the one of HEAD', async () => {
  await using repository = await createRepository({ a: '1' });
  const gitDir = join(repository.path, '.git');
  await repository.git('checkout', '-q', '-b', 'topic');
  expect(await localDefaultBranch(gitDir)).toBe('refs/heads/main');
  expect(await remoteDefaultBranch(repository.path)).toBe('refs/heads/topic');
  await repository.git('branch', '-q', 'trunk');
  await repository.git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/trunk');
  await repository.git('pack-refs', '--all');
  expect(await localDefaultBranch(gitDir)).toBe('refs/heads/trunk');
  await using dir = await tempDir('signalbox-bare-');
  const bare = join(dir.path, 'bare.git');
  await repository.git('clone', '-q', '--bare', repository.path, bare);
  expect(await localDefaultBranch(bare)).toBe('refs/heads/topic');
});

test('a link tells where it leads to, and is no file', async () => {
  await using repository = await createRepository({ a: '1' });
  await symlink('../nowhere/a', join(repository.path, 'link'));
  const sha = await repository.commit('a link');
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const tree = reader.treeReader((await reader.commit(sha)).tree);
  expect([await tree.readLink('link'), await tree.read('link')]).toEqual(['../nowhere/a', undefined]);
  expect([await tree.readLink('a'), await tree.readLink('no')]).toEqual([undefined, undefined]);
});

test('a file above a mebibyte is not read, and the one after it is', async () => {
  await using repository = await createRepository({ big: 'x'.repeat(1024 * 1024 + 1), edge: 'y'.repeat(1024 * 1024) });
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const tree = reader.treeReader((await reader.commit(await repository.git('rev-parse', 'HEAD'))).tree);
  const [big, edge] = await Promise.all([tree.read('big'), tree.read('edge')]);
  expect(big).toBeUndefined();
  expect(edge).toHaveLength(1024 * 1024);
});

test('a commit that is not there is an error of its own, and what is not a commit is none', async () => {
  await using repository = await createRepository({ a: '1' });
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  await expect(reader.commit('1'.repeat(40))).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  await expect(reader.commit('HEAD\n--help')).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  await expect(reader.commit(tree)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
});

test('a folder or a file whose object is gone is an error, not an empty one, and is read when it is back', async () => {
  await using repository = await createRepository({ a: 'text', 'docs/x': 'x' });
  const objectOf = async (what: string) => {
    const sha = await repository.git('rev-parse', what);
    return join(repository.path, '.git/objects', sha.slice(0, 2), sha.slice(2));
  };
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const { tree } = await reader.commit(await repository.git('rev-parse', 'HEAD'));
  const looks = [
    [await objectOf('HEAD^{tree}'), () => reader.treeReader(tree).list('')],
    [await objectOf('HEAD:docs'), () => reader.treeReader(tree).list('docs')],
    [await objectOf('HEAD:a'), () => reader.treeReader(tree).read('a')],
  ] as const;
  for (const [path, look] of looks) {
    await rename(path, `${path}.away`);
    await expect(look()).rejects.toMatchObject({ code: 'E_OBJECT_MISSING' });
    await rename(`${path}.away`, path);
    expect(await look()).not.toEqual([]);
  }
});

test('objects of another folder are read, and those that its alternates bring later', async () => {
  await using home = await tempDir();
  await using repository = await createRepository({ a: '1' });
  const gitDir = join(home.path, 'mirror.git');
  await runGit(['init', '-q', '--bare', gitDir]);
  const sha = await repository.git('rev-parse', 'HEAD');
  const folder = join(repository.path, '.git/objects');
  await using direct = new ObjectReader({ gitDir, objects: [folder] });
  expect((await direct.commit(sha)).sha).toBe(sha);
  await using later = new ObjectReader({ gitDir });
  await expect(later.commit(sha)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  await expect(later.commit(sha)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  await writeFile(join(gitDir, 'objects/info/alternates'), `${folder}\n`);
  expect((await later.commit(sha)).sha).toBe(sha);
});

test('a hundred questions at once are each answered by their own object', async () => {
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}`, `text of ${n}`]));
  await using repository = await createRepository(files);
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  const { tree } = await reader.commit(await repository.git('rev-parse', 'HEAD'));
  const texts = await Promise.all(Object.keys(files).map((name) => reader.treeReader(tree).read(name)));
  expect(texts).toEqual(Object.values(files));
});

test('a reader whose process ended starts another one', async () => {
  await using repository = await createRepository({ a: '1' });
  const sha = await repository.git('rev-parse', 'HEAD');
  await using reader = new ObjectReader({ gitDir: join(repository.path, '.git') });
  await reader.commit(sha);
  await reader.close();
  expect((await reader.commit(sha)).sha).toBe(sha);
});

test('commits of a SHA-256 repository are read too', async () => {
  await using dir = await tempDir();
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  await runGit(['init', '-q', '--object-format=sha256', dir.path]);
  await writeFile(join(dir.path, 'a'), 'text');
  await runGit(['add', 'a'], { cwd: dir.path });
  await runGit([...identity, 'commit', '-qm', 'first'], { cwd: dir.path });
  const refs = await readRefs(join(dir.path, '.git'));
  const [sha = ''] = refs.values();
  expect(sha).toHaveLength(64);
  await using reader = new ObjectReader({ gitDir: join(dir.path, '.git') });
  expect(await reader.treeReader((await reader.commit(sha)).tree).read('a')).toBe('text');
});

test('the same refs are read loose, packed and half packed', async () => {
  await using repository = await createRepository({ a: '1' });
  const gitDir = join(repository.path, '.git');
  const first = await repository.git('rev-parse', 'HEAD');
  await repository.git('tag', 'light');
  await repository.git('tag', '-a', '-m', 'x', 'heavy');
  await repository.git('tag', '-a', '-m', 'x', 'nested', 'heavy');
  await repository.git('tag', 'of-a-tree', 'HEAD^{tree}');
  await repository.git('branch', 'feat/a;id');
  await repository.git('symbolic-ref', 'refs/heads/alias', 'refs/heads/feat/a;id');
  await repository.git('update-ref', 'refs/notes/x', first);
  const expected = new Map([
    ...['alias', 'feat/a;id', 'main'].map((name): [string, string] => [`refs/heads/${name}`, first]),
    ...['heavy', 'light', 'nested'].map((name): [string, string] => [`refs/tags/${name}`, first]),
  ]);
  const sorted = async () => new Map([...(await readRefs(gitDir))].sort());
  expect(await sorted()).toEqual(expected);
  await repository.git('pack-refs', '--all');
  expect(await sorted()).toEqual(expected);
  const second = await repository.commit('second');
  expect(await sorted()).toEqual(new Map([...expected, ['refs/heads/main', second]]));
});

test('refs that cannot be read are an error, not refs that were deleted', async () => {
  await using repository = await createRepository({ a: '1' });
  const gitDir = join(repository.path, '.git');
  await repository.git('tag', '-a', '-m', 'x', 'v1');
  await repository.git('pack-refs', '--all');
  const before = await readRefs(gitDir);
  expect([...before.keys()]).toEqual(['refs/heads/main', 'refs/tags/v1']);
  const packed = join(gitDir, 'packed-refs');
  await rename(packed, `${packed}.away`);
  for (const damage of ['\0\0\0\0', '\x9f\x02 refs/heads/main\n', '<html>']) {
    await writeFile(packed, damage);
    await expect(readRefs(gitDir)).rejects.toMatchObject({
      message: expect.stringContaining('packed-refs is damaged'),
    });
  }
  await rename(`${packed}.away`, packed);
  expect(await readRefs(gitDir)).toEqual(before);
});

test('a detached HEAD is a ref, in the main and in linked work trees, but not while a rebase moves it', async () => {
  await using repository = await createRepository({ a: '1' });
  await using dir = await tempDir();
  const gitDir = join(repository.path, '.git');
  const reader = new RefsReader(gitDir);
  await repository.git('worktree', 'add', '-q', '--detach', join(dir.path, 'linked'));
  const sha = await repository.git('rev-parse', 'HEAD');
  expect((await reader.read()).get('HEAD')).toBeUndefined();
  expect((await reader.read()).get('worktrees/linked/HEAD')).toBe(sha);
  await repository.git('checkout', '-q', '--detach');
  expect((await reader.read()).get('HEAD')).toBe(sha);
  expect((await readRefs(join(gitDir, 'worktrees/linked'))).get('HEAD')).toBe(sha);
  await mkdir(join(gitDir, 'rebase-merge'));
  expect((await reader.read()).get('HEAD')).toBeUndefined();
});

test('the parts of a repository are found from a folder in it, a linked work tree and a bare one', async () => {
  await using repository = await createRepository({ 'sub/a': '1' });
  await using dir = await tempDir('signalbox-a b\n"$(x)"-');
  const gitDir = join(repository.path, '.git');
  const main = { gitDir, commonDir: gitDir, isBare: false, workTree: repository.path };
  expect(await gitDirOf(join(repository.path, 'sub'))).toEqual(main);
  const linked = join(dir.path, 'linked');
  await repository.git('worktree', 'add', '-q', linked);
  const linkedDir = join(gitDir, 'worktrees/linked');
  expect(await gitDirOf(linked)).toEqual({ ...main, gitDir: linkedDir, workTree: linked });
  const bare = join(dir.path, 'bare.git');
  await repository.git('clone', '-q', '--bare', '.', bare);
  expect(await gitDirOf(bare)).toEqual({ gitDir: bare, commonDir: bare, isBare: true, workTree: null });
  await expect(gitDirOf(dir.path)).rejects.toMatchObject({ code: 'E_NOT_A_REPOSITORY' });
  await expect(gitDirOf('/no/such')).rejects.toThrow('there is no such folder');
  await expect(readRefs(dir.path)).rejects.toMatchObject({ code: 'E_NOT_A_REPOSITORY' });
});

test('the parts of a submodule are found in the repository above it', async () => {
  await using inner = await createRepository({ a: '1' });
  await using outer = await createRepository({ b: '1' });
  await outer.git('-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', inner.path, 'lib');
  const gitDir = join(outer.path, '.git/modules/lib');
  const expected = { gitDir, commonDir: gitDir, isBare: false, workTree: join(outer.path, 'lib') };
  expect(await gitDirOf(join(outer.path, 'lib'))).toEqual(expected);
});

test('git that fails, takes too long or says too much is an error that tells why', async () => {
  await using repository = await createRepository({ a: '1' });
  const gitDir = join(repository.path, '.git');
  await expect(runGit(['rev-parse', '--verify', 'nope'], { gitDir })).rejects.toMatchObject({
    status: 128,
    code: 'E_GIT',
  });
  const endless = runGit(['cat-file', '--batch'], { gitDir, timeoutMs: 1, input: 'HEAD\n'.repeat(100_000) });
  await expect(endless).rejects.toThrow('longer than 1 ms');
  await expect(runGit(['rev-list', '--all'], { gitDir, maxBytes: 3 })).rejects.toThrow('more than 3 bytes');
  await expect(runGit(['status'], { cwd: '/no/such/folder' })).rejects.toBeInstanceOf(GitError);
});

test('a folder that is away when git starts in it, and back when that is told, does not mean that there is no git', async () => {
  await using dir = await tempDir();
  const cwd = join(dir.path, 'away');
  const status = runGit(['status'], { cwd });
  mkdirSync(cwd);
  await expect(status).rejects.toBeInstanceOf(GitError);
});

test('git does not see the variables that a hook leaves', async () => {
  await using repository = await createRepository({ a: '1' });
  process.env.GIT_DIR = '/no/such/repository';
  try {
    expect((await gitDirOf(repository.path)).workTree).toBe(repository.path);
  } finally {
    delete process.env.GIT_DIR;
  }
});
