import { existsSync } from 'node:fs';
import { rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newCommits } from '../../src/git/commit-range.ts';
import { runGit } from '../../src/git/git.ts';
import { assertDiskRoom, lsRemote, Mirrors } from '../../src/git/mirror.ts';
import { ObjectReader } from '../../src/git/object-reader.ts';
import { readRefs } from '../../src/git/refs.ts';
import { createLogger } from '../../src/support/logger.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

const logger = createLogger('silent');

async function hasCommit(gitDir: string, sha: string): Promise<boolean> {
  await using reader = new ObjectReader({ gitDir });
  return await reader.commit(sha).then(
    () => true,
    () => false,
  );
}

test('new commits come oldest first, parents before children, and the tip is always there', async () => {
  await using repository = await createRepository({ a: '0' });
  const gitDir = join(repository.path, '.git');
  const known = await repository.git('rev-parse', 'HEAD');
  const one = await repository.commit('one\n\nbody');
  await repository.git('checkout', '-q', '-b', 'side', known);
  const two = await repository.commit('two', { b: '2' });
  await repository.git('checkout', '-q', 'main');
  await repository.git('merge', '-q', '--no-ff', '-m', 'join', 'side');
  const tip = await repository.git('rev-parse', 'HEAD');
  const range = { gitDir, after: tip, before: known, known: ['1'.repeat(40)], limit: 250 };
  const { commits, total, overflow } = await newCommits(range);
  expect(commits.map((commit) => commit.sha).sort()).toEqual([one, two, tip].sort());
  expect(commits.at(-1)).toMatchObject({ sha: tip, title: 'join', author: 'Ada <ada@example.org>' });
  expect([total, overflow]).toEqual([3, []]);
  const again = await newCommits({ ...range, before: null, known: [tip] });
  expect(again.commits.map((commit) => commit.title)).toEqual(['join']);
});

test('a huge push gives its newest commits, and the rest as overflow', async () => {
  await using repository = await createRepository({ a: '0' });
  const gitDir = join(repository.path, '.git');
  for (const n of [1, 2, 3, 4]) await repository.commit(`c${n}`);
  const after = await repository.git('rev-parse', 'HEAD');
  const range = await newCommits({ gitDir, after, before: '0'.repeat(40), known: [], limit: 2 });
  expect(range.commits.map((commit) => commit.title)).toEqual(['c3', 'c4']);
  expect(range.overflow.map((commit) => commit.title)).toEqual(['first', 'c1', 'c2']);
  expect(range.total).toBe(5);
});

test('the commits of an unrelated history, and of one that was rewritten, are new', async () => {
  await using repository = await createRepository({ a: '0' });
  const gitDir = join(repository.path, '.git');
  const old = await repository.commit('old');
  await repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'amended');
  const amended = await repository.git('rev-parse', 'HEAD');
  const rewritten = await newCommits({ gitDir, after: amended, before: old, known: [], limit: 9 });
  expect(rewritten.commits.map((commit) => commit.title)).toEqual(['amended']);
  await repository.git('checkout', '-q', '--orphan', 'other');
  const orphan = await repository.commit('orphan');
  const unrelated = await newCommits({ gitDir, after: orphan, before: null, known: [amended], limit: 9 });
  expect(unrelated.commits.map((commit) => commit.title)).toEqual(['orphan']);
});

test('a tip that is gone is an error of its own', async () => {
  await using repository = await createRepository({ a: '0' });
  const range = { gitDir: join(repository.path, '.git'), before: null, known: [], limit: 9 };
  for (const after of ['1'.repeat(40), '0'.repeat(40), '--all'])
    await expect(newCommits({ ...range, after })).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
});

test('a mirror keeps what it was told to when the branch is force-pushed, and lets go of it', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  const old = await repository.commit('old');
  await mirrors.fetch(7, repository.path, { keep: [old] });
  await repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'amended');
  const amended = await repository.git('rev-parse', 'HEAD');
  await mirrors.fetch(7, repository.path);
  const gitDir = mirrors.pathOf(7);
  const prune = () => runGit(['gc', '--quiet', '--prune=now'], { gitDir });
  await prune();
  expect([await hasCommit(gitDir, old), await hasCommit(gitDir, amended)]).toEqual([true, true]);
  await mirrors.release(7, [old]);
  await prune();
  expect([await hasCommit(gitDir, old), await hasCommit(gitDir, amended)]).toEqual([false, true]);
  await expect(mirrors.fetch(7, repository.path, { keep: ['1'.repeat(40)] })).rejects.toMatchObject({
    code: 'E_COMMIT_NOT_FOUND',
  });
});

test('a commit that no ref of the source has any more can still be brought', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  const lost = await repository.commit('lost');
  await repository.git('reset', '-q', '--hard', 'HEAD~');
  await mirrors.fetch(1, repository.path, { keep: [lost] });
  expect(await hasCommit(mirrors.pathOf(1), lost)).toBe(true);
});

test('fetches that are asked for at once are made together, and see what was there before they were asked', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  const first = mirrors.fetch(1, repository.path);
  const sha = await repository.commit('later');
  await Promise.all([first, ...Array.from({ length: 20 }, () => mirrors.fetch(1, repository.path))]);
  expect(await hasCommit(mirrors.pathOf(1), sha)).toBe(true);
});

test('two processes that fetch into the same mirror at once both get there', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const [one, two] = [new Mirrors({ home: home.path, logger }), new Mirrors({ home: home.path, logger })];
  for (let n = 0; n < 5; n++) {
    const sha = await repository.commit(`c${n}`);
    for (const branch of ['x', 'y', 'z']) await repository.git('branch', '-f', branch, sha);
    await Promise.all([one, two].map((mirrors) => mirrors.fetch(1, repository.path, { keep: [sha] })));
    expect(await hasCommit(one.pathOf(1), sha)).toBe(true);
  }
});

test('branches that come, go and turn into folders are followed', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  await repository.git('branch', 'topic');
  await mirrors.fetch(1, repository.path);
  await repository.git('branch', '-m', 'topic', 'topic/one');
  await mirrors.fetch(1, repository.path);
  const names = await runGit(['for-each-ref', '--format=%(refname:lstrip=4)'], { gitDir: mirrors.pathOf(1) });
  expect(names.toString().split('\n')).toEqual(['main', 'topic/one', '']);
});

test('a mirror that is damaged is made anew, and one that a killed git left locked is unlocked', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  await mirrors.fetch(1, repository.path);
  const lock = join(mirrors.pathOf(1), 'packed-refs.lock');
  await writeFile(lock, '');
  await utimes(lock, 0, 0);
  await repository.git('branch', 'gone');
  await mirrors.fetch(1, repository.path);
  await repository.git('branch', '-D', 'gone');
  await mirrors.fetch(1, repository.path);
  await rm(join(mirrors.pathOf(1), 'objects'), { recursive: true });
  const sha = await repository.commit('next');
  await mirrors.fetch(1, repository.path);
  expect(await hasCommit(mirrors.pathOf(1), sha)).toBe(true);
});

test('a source that is gone is an error, and the mirror stays', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  const sha = await repository.git('rev-parse', 'HEAD');
  await mirrors.fetch(1, repository.path);
  await rm(repository.path, { recursive: true });
  await expect(mirrors.fetch(1, repository.path)).rejects.toMatchObject({ code: 'E_GIT' });
  expect(await hasCommit(mirrors.pathOf(1), sha)).toBe(true);
  await mirrors.close();
});

test('the least recently fetched mirrors go when they take too much room, but not those that keep something', async () => {
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  const sha = await repository.git('rev-parse', 'HEAD');
  await mirrors.fetch(1, repository.path, { keep: [sha] });
  for (const id of [2, 3, 4]) await mirrors.fetch(id, repository.path);
  for (const id of [1, 2, 3, 4]) await utimes(mirrors.pathOf(id), id, id);
  expect(await mirrors.evict(1e9)).toEqual([]);
  expect(await mirrors.evict(0, new Set([3]))).toEqual([2, 4]);
  expect([1, 2, 3, 4].map((id) => existsSync(mirrors.pathOf(id)))).toEqual([true, false, true, false]);
  const gitDir = join(repository.path, '.git');
  expect(mirrors.objectsOf({ id: 1, gitDir })).toEqual([join(mirrors.pathOf(1), 'objects'), join(gitDir, 'objects')]);
  expect(mirrors.objectsOf({ id: 2, gitDir: null })).toEqual([]);
});

test('the refs of a remote are those that are read on its disk', async () => {
  await using repository = await createRepository({ a: '0' });
  await repository.git('tag', '-a', '-m', 'x', 'heavy');
  const refs = await readRefs(join(repository.path, '.git'));
  expect(await lsRemote(`file://${repository.path}`)).toEqual(refs);
  await expect(lsRemote('ext::sh -c true')).rejects.toMatchObject({ code: 'E_BAD_SOURCE' });
});

test('a repository of another user is read all the same', async ({ skip }) => {
  if (process.getuid?.() !== 0) skip('only root can make one');
  await using repository = await createRepository({ a: '0' });
  await using home = await tempDir();
  const mirrors = new Mirrors({ home: home.path, logger });
  await runGit(['config', 'x.y', 'z'], { gitDir: join(repository.path, '.git') });
  const { chownSync } = await import('node:fs');
  for (const path of [repository.path, join(repository.path, '.git')]) chownSync(path, 12345, 12345);
  expect((await lsRemote(repository.path)).size).toBe(1);
  await mirrors.fetch(1, repository.path);
});

test('nothing starts below the floor of free disk', async () => {
  await using dir = await tempDir();
  await assertDiskRoom(join(dir.path, 'not/yet/there'), 1);
  await expect(assertDiskRoom(dir.path, 2 ** 60)).rejects.toMatchObject({ code: 'E_DISK_LOW' });
});
