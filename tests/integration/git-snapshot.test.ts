import { stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CommitNotFoundError, NotARepositoryError } from '../../src/git/git.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { findWorkTree, takeCommit, takeSnapshot } from '../../src/git/snapshot.ts';
import { snapshotOf } from '../support/folder-snapshot.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

async function filesOf(gitDir: string, tree: string): Promise<Record<string, string | undefined>> {
  await using reader = new ObjectReader({ gitDir });
  const files = reader.treeReader(tree);
  const names = (await files.list('')).map(({ name }) => name);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await files.read(name)])));
}

test('a clean work tree is HEAD itself', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n' });
  await using folder = await tempDir();
  const found = await findWorkTree(repository.path);
  const snapshot = await takeSnapshot(found, folder.path);
  expect(snapshot).toMatchObject({ isClean: true, sha: await repository.git('rev-parse', 'HEAD') });
  expect(found.ref).toBe('refs/heads/main');
});

test('changes, new and deleted files are in the snapshot, ignored ones are not', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n', 'gone.txt': '', '.gitignore': 'secret\n' });
  await using folder = await tempDir();
  await repository.write({ 'a.txt': 'two\n', 'new.txt': 'new\n', secret: 'x' });
  await repository.git('rm', '-q', '--cached', 'gone.txt');
  await writeFile(join(repository.path, '.git/info/exclude'), 'gone.txt\n');
  const snapshot = await takeSnapshot(await findWorkTree(join(repository.path, '.')), folder.path);
  expect(snapshot.isClean).toBe(false);
  expect(await filesOf(snapshot.gitDir, snapshot.tree)).toEqual({
    '.gitignore': 'secret\n',
    'a.txt': 'two\n',
    'new.txt': 'new\n',
  });
});

test('the repository is not written to', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n' });
  await using folder = await tempDir();
  await repository.write({ 'a.txt': 'two\n', 'b.txt': 'b' });
  const before = await snapshotOf(join(repository.path, '.git'));
  await takeSnapshot(await findWorkTree(repository.path), folder.path);
  expect(await snapshotOf(join(repository.path, '.git'))).toEqual(before);
});

test('a repository without a commit has a snapshot too', async () => {
  await using repository = await createRepository();
  await using folder = await tempDir();
  await repository.write({ 'a.txt': 'one\n' });
  const found = await findWorkTree(repository.path);
  const snapshot = await takeSnapshot(found, folder.path);
  expect(found.head).toBeNull();
  expect(await filesOf(snapshot.gitDir, snapshot.tree)).toEqual({ 'a.txt': 'one\n' });
});

test('a linked work tree has a snapshot of its own files', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n' });
  await using folder = await tempDir();
  const linked = join(folder.path, 'linked tree');
  await repository.git('worktree', 'add', '-q', '-b', 'other', linked);
  await writeFile(join(linked, 'a.txt'), 'other\n');
  const snapshot = await takeSnapshot(await findWorkTree(linked), join(folder.path, 'run'));
  expect(await filesOf(snapshot.gitDir, snapshot.tree)).toEqual({ 'a.txt': 'other\n' });
});

test('a commit is found by any of its names, and one that is not there is said so', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n' });
  await using folder = await tempDir();
  const first = await repository.git('rev-parse', 'HEAD');
  await repository.commit('second', { 'a.txt': 'two\n' });
  const found = await findWorkTree(repository.path);
  const taken = await takeCommit(found, 'HEAD~1', folder.path);
  expect(taken.sha).toBe(first);
  expect(await filesOf(taken.gitDir, taken.tree)).toEqual({ 'a.txt': 'one\n' });
  await expect(takeCommit(found, 'nope', folder.path)).rejects.toThrow(CommitNotFoundError);
});

test('a folder that is in no repository is said so', async () => {
  await using folder = await tempDir();
  await expect(findWorkTree(folder.path)).rejects.toThrow(NotARepositoryError);
});

test('a change of the same size within the second of the last commit is seen', async () => {
  await using repository = await createRepository({ 'a.txt': 'one\n' });
  await using folder = await tempDir();
  const { atime, mtime } = await stat(join(repository.path, 'a.txt'));
  await repository.write({ 'a.txt': 'two\n' });
  await utimes(join(repository.path, 'a.txt'), atime, mtime);
  const snapshot = await takeSnapshot(await findWorkTree(repository.path), folder.path);
  expect(await filesOf(snapshot.gitDir, snapshot.tree)).toEqual({ 'a.txt': 'two\n' });
});
