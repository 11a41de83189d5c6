import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runGit } from '../../src/git/git.ts';
import { type Checkout, Workspace } from '../../src/git/workspace.ts';
import { createRepository, GIT_TEST_ENV, type TestRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';

async function checkoutOf(repository: TestRepository, revision = 'HEAD'): Promise<Checkout> {
  const [sha, tree] = (await repository.git('rev-parse', revision, `${revision}^{tree}`)).split('\n');
  return { sha: `${sha}`, tree: `${tree}`, objects: [join(repository.path, '.git/objects')] };
}

/** Paths, kinds, permissions and contents of everything below a folder, but for `.git`. */
async function snapshot(path: string | Buffer, prefix = ''): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(path, { encoding: 'latin1' })) {
    if (name === '.git') continue;
    const file = Buffer.concat([Buffer.from(path), Buffer.from(`/${name}`, 'latin1')]);
    const stats = await lstat(file);
    const label = prefix + name;
    if (stats.isDirectory()) Object.assign(found, { [`${label}/`]: '' }, await snapshot(file, `${label}/`));
    else if (stats.isSymbolicLink()) found[label] = `-> ${await readlink(file)}`;
    else found[label] = `${(stats.mode & 0o777).toString(8)} ${await readFile(file, 'latin1')}`;
  }
  return found;
}

/** What git itself makes of a commit. */
async function expected(repository: TestRepository, revision: string): Promise<Record<string, string>> {
  await using dir = await tempDir();
  await repository.git('worktree', 'add', '-q', '--detach', join(dir.path, 'w'), revision);
  const files = await snapshot(join(dir.path, 'w'));
  await repository.git('worktree', 'remove', '--force', join(dir.path, 'w'));
  return files;
}

/** Runs something as a job would, in the work tree. */
function job(path: string, script: string): string {
  return execFileSync('sh', ['-ec', script], { cwd: path, env: { ...process.env, ...GIT_TEST_ENV }, encoding: 'utf8' });
}

const FILES = {
  'README.md': 'hello',
  'ci.sh': '#!/bin/sh\nexit 0\n',
  'src/a.ts': 'a',
  'src/deep/b.ts': 'b',
  '.gitignore': 'out/\n',
};

test('a commit is checked out anew, then brought to the next one, then left as it is', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: join(dir.path, 'a b/é') });
  const first = await checkoutOf(repository);
  const { path, restored } = await workspace.prepare(first);
  expect([path, restored]).toEqual([join(dir.path, 'a b/é/work'), 'fresh']);
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
  await workspace.afterJob();
  await repository.commit('second', { 'src/a.ts': 'changed', 'new/x': 'x' });
  expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('updated');
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
  await workspace.afterJob();
  expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('untouched');
  await workspace.afterJob();
  expect((await workspace.prepare(first)).restored).toBe('updated');
  expect(await snapshot(path)).toEqual(await expected(repository, first.sha));
});

test('every kind of change between two commits is made, both ways', async () => {
  await using repository = await createRepository({
    ...FILES,
    'mode.sh': 'x',
    'to-folder': 'x',
    'to-file/a/b': 'x',
    'to-link': 'x',
    'deleted/only/one': 'x',
    'a-b': '1',
    'a/b': '2',
    'a.c': '3',
  });
  await repository.git('rev-parse', 'HEAD');
  await symlink('README.md', join(repository.path, 'link'));
  await symlink('src', join(repository.path, 'link-to-folder'));
  const odd = Buffer.concat([Buffer.from(`${repository.path}/odd \n"'$(id)`), Buffer.from([0xe9, 0xff])]);
  await writeFile(odd, 'odd');
  const before = await repository.commit('before');
  await rm(join(repository.path, 'to-folder'));
  await rm(join(repository.path, 'to-file'), { recursive: true });
  await rm(join(repository.path, 'to-link'));
  await rm(join(repository.path, 'link'));
  await rm(join(repository.path, 'link-to-folder'));
  await rm(join(repository.path, 'deleted'), { recursive: true });
  await symlink('a-b', join(repository.path, 'to-link'));
  await symlink('a.c', join(repository.path, 'link'));
  await writeFile(odd, 'odder');
  await chmod(join(repository.path, 'mode.sh'), 0o755);
  const after = await repository.commit('after', { 'to-folder/x': '1', 'to-file': '2', 'link-to-folder/y': '3' });
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  for (const [revision, restored] of [
    [before, 'fresh'],
    [after, 'updated'],
    [before, 'updated'],
  ] as const) {
    const prepared = await workspace.prepare(await checkoutOf(repository, revision));
    expect(prepared.restored).toBe(restored);
    expect(await snapshot(prepared.path)).toEqual(await expected(repository, revision));
    expect(job(prepared.path, 'git status --porcelain')).toBe('');
    await workspace.afterJob();
  }
});

test('a job finds a repository of its own: clean, at its commit, with its history', async () => {
  await using repository = await createRepository(FILES);
  const sha = await repository.commit('second');
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  expect(
    job(path, 'git status --porcelain; git rev-parse HEAD; git log --format=%s; git fsck 2>&1; git diff HEAD --stat'),
  ).toBe(`${sha}\nsecond\nfirst\n`);
  job(path, 'echo more >README.md; git commit -qam "in the job"; git checkout -q -b topic; git tag v1; git stash list');
  await workspace.afterJob();
  await workspace.prepare(await checkoutOf(repository));
  expect(
    job(path, 'git status --porcelain; git rev-parse HEAD; git for-each-ref; git config --list --local | sort'),
  ).toBe(`${sha}\ncore.bare=false\ncore.filemode=true\ncore.logallrefupdates=true\ncore.repositoryformatversion=0\n`);
  await workspace.afterJob();
  expect(existsSync(join(repository.path, '.git/refs/heads/topic'))).toBe(false);
});

const TRICKS: Record<string, string> = {
  'untracked and ignored files': 'mkdir -p out/deep src/x; echo 1 >out/deep/o; echo 1 >src/x/u; echo 1 >.hidden',
  'a change': 'echo changed >src/a.ts',
  'a change of the same size with its old time':
    'touch -r src/a.ts ../t; printf Z >src/a.ts; touch -r ../t src/a.ts; rm ../t',
  'a deleted file and a deleted folder': 'rm README.md; rm -r src',
  'everything deleted': 'rm -rf ..?* .[!.]* *',
  'permissions taken away': 'chmod 000 src/a.ts src/deep src; chmod 777 README.md; chmod 555 .',
  'a file in place of a folder': 'rm -r src; echo 1 >src',
  'a folder in place of a file': 'rm README.md; mkdir -p README.md/x; echo 1 >README.md/x/y',
  'a link in place of a folder':
    'mkdir -p ../outside; cp src/a.ts ../outside; cp -r src/deep ../outside; rm -r src; ln -s ../outside src',
  'a link in place of a file': 'cp README.md ../copy; rm README.md; ln -s ../copy README.md',
  'a hard link to a file': 'ln -f src/a.ts ../hard; echo 1 >>src/a.ts',
  'a pipe, a socket and odd names': 'mkfifo pipe; mkfifo "a\nb"; mkdir -- "-rf" "é"; : >"$(printf "\\351")"',
  'a repository in it': 'git init -q nested; git -C nested commit -q --allow-empty -m x; git init -q src/sub',
  'its .git deleted': 'rm -rf .git',
  'its .git replaced by a file': 'rm -rf .git; echo "gitdir: /etc" >.git',
  'its .git replaced by a link': 'mv .git ../moved; ln -s ../moved .git',
  'skip-worktree':
    'git update-index --skip-worktree src/a.ts; git update-index --assume-unchanged README.md; echo x >src/a.ts; echo y >README.md',
  'an index of its own and a lock': 'git rm -rq --cached .; : >.git/index.lock; : >.git/HEAD.lock',
  'an exclude file': 'mkdir -p .git/info; echo "*" >.git/info/exclude; echo 1 >excluded',
  'a broken config': 'echo "[core" >.git/config; echo garbage >.git/HEAD',
};

test.each(Object.entries(TRICKS))('what a job leaves is gone: %s', async (_, script) => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const checkout = await checkoutOf(repository);
  const files = await expected(repository, 'HEAD');
  const { path } = await workspace.prepare(checkout);
  job(path, script);
  await workspace.afterJob();
  await workspace.prepare(checkout);
  expect(await snapshot(path)).toEqual(files);
  expect(job(path, 'git status --porcelain --ignored; git rev-parse HEAD')).toBe(`${checkout.sha}\n`);
  job(path, script); // this time nobody cleans, as after a crash, and the commit is another one
  await repository.commit('second', { 'src/deep/b.ts': 'b2', 'src/new': 'new' });
  await workspace.prepare(await checkoutOf(repository));
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
  expect(job(path, 'git status --porcelain --ignored')).toBe('');
});

test('a link that a job left in place of the workspace is removed, not followed', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const precious = join(dir.path, 'precious');
  await mkdir(join(precious, '.git'), { recursive: true });
  await writeFile(join(precious, 'file'), '1');
  await writeFile(join(precious, '.git/file'), '1');
  const { path } = await workspace.prepare(await checkoutOf(repository));
  for (const clean of [true, false]) {
    await rename(path, `${path}-${clean}`);
    await symlink(precious, path);
    if (clean) await workspace.afterJob();
    expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('fresh');
  }
  expect((await readdir(precious, { recursive: true })).sort()).toEqual(['.git', '.git/file', 'file']);
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
});

test('a workspace that is gone, or whose own git folder is damaged, is made anew', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  const checkout = await checkoutOf(repository);
  const { path } = await workspace.prepare(checkout);
  const damages = [
    () => rm(path, { recursive: true }),
    () => rm(join(dir.path, 'w'), { recursive: true }),
    () => rm(join(dir.path, 'w/git'), { recursive: true }),
    () => writeFile(join(dir.path, 'w/git/config'), '[garbage'),
  ];
  for (const damage of damages) {
    await damage();
    await workspace.prepare(checkout);
    expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
    await workspace.afterJob();
  }
});

test('the next start of the program goes on with a warm workspace, whatever happened meanwhile', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  const prepareOnce = async () => {
    await using workspace = new Workspace({ folder: dir.path });
    const prepared = await workspace.prepare(await checkoutOf(repository));
    expect(await snapshot(prepared.path)).toEqual(await expected(repository, 'HEAD'));
    await workspace.afterJob();
    return prepared;
  };
  expect((await prepareOnce()).restored).toBe('fresh');
  expect((await prepareOnce()).restored).toBe('untouched');
  await repository.commit('second', { 'src/a.ts': 'a2' });
  expect((await prepareOnce()).restored).toBe('updated');
  await writeFile(join(dir.path, 'work/README.md'), 'HELLO');
  await writeFile(join(dir.path, 'work/extra'), '');
  expect((await prepareOnce()).restored).toBe('updated');
  await writeFile(join(dir.path, 'git/index'), 'DIRC garbage');
  expect((await prepareOnce()).restored).toBe('fresh');
});

test('hundreds of changed files, a large one, and a whole new tree come out right', async () => {
  const many = (text: string) =>
    Object.fromEntries(Array.from({ length: 600 }, (_, n) => [`d${n % 7}/f${n}`, `${text} ${n}`]));
  await using repository = await createRepository({ ...FILES, ...many('one') });
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  for (const files of [many('two'), { large: 'x'.repeat(9 * 1024 * 1024), 'src/a.ts': 'a2' }]) {
    await workspace.afterJob();
    await repository.commit('next', files);
    expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('updated');
    expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
    expect(job(path, 'git status --porcelain')).toBe('');
    await rm(join(path, 'd1'), { recursive: true });
  }
  await workspace.afterJob();
  await workspace.prepare(await checkoutOf(repository));
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
});

test('line ends and encodings are converted as .gitattributes says, also when that changes', async () => {
  await using repository = await createRepository({ 'a.bat': 'one\ntwo\n', 'b.txt': 'one\ntwo\n' });
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const attributes = ['*.bat text eol=crlf\n', '*.bat text eol=crlf\n*.txt ident\n', '*.txt text\n'];
  const { path } = await workspace.prepare(await checkoutOf(repository));
  for (const text of attributes) {
    await workspace.afterJob();
    await repository.commit('attributes', { '.gitattributes': text, 'b.txt': `$Id$ ${text}` });
    await workspace.prepare(await checkoutOf(repository));
    expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
    expect(job(path, 'git status --porcelain')).toBe('');
    await workspace.afterJob();
    expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('untouched');
  }
});

test('a commit that is nowhere is an error, and the workspace stays warm', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const checkout = await checkoutOf(repository);
  const missing = { ...checkout, sha: '1'.repeat(40), tree: '2'.repeat(40) };
  await expect(workspace.prepare(missing)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  await workspace.prepare(checkout);
  await workspace.afterJob();
  await expect(workspace.prepare(missing)).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  await expect(workspace.prepare({ ...missing, tree: null })).rejects.toMatchObject({ code: 'E_COMMIT_NOT_FOUND' });
  expect((await workspace.prepare({ ...checkout, tree: null })).restored).toBe('untouched');
});

test('a job without a checkout gets an empty folder each time, and the work tree stays warm', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  await workspace.prepare(await checkoutOf(repository));
  await workspace.afterJob();
  for (let n = 0; n < 2; n++) {
    const { path } = await workspace.prepareEmpty();
    expect(await readdir(path)).toEqual([]);
    await writeFile(join(path, 'left'), '');
    if (n === 0) await workspace.afterJob();
  }
  await workspace.afterJob();
  expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('untouched');
});

test('what was thrown away is deleted, and the workspace can be removed', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  const workspace = new Workspace({ folder: join(dir.path, 'w') });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  job(path, 'mkdir -p big/a/b; head -c 1000000 /dev/zero >big/a/b/c');
  expect(await workspace.sizeBytes()).toBeGreaterThan(1_000_000);
  job(path, 'chmod 000 big/a/b big/a');
  await workspace.afterJob();
  await workspace.close();
  expect(await readdir(join(dir.path, 'w/trash'))).toEqual([]);
  expect(await workspace.sizeBytes()).toBeLessThan(1_000_000);
  await workspace.remove();
  expect(await readdir(dir.path)).toEqual([]);
});

test('a SHA-256 repository is checked out too, and updated', async () => {
  await using dir = await tempDir();
  const source = join(dir.path, 'source');
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];
  await runGit(['init', '-q', '--object-format=sha256', source]);
  await using workspace = new Workspace({ folder: join(dir.path, 'w') });
  for (const text of ['one', 'two']) {
    await mkdir(join(source, 'd'), { recursive: true });
    await writeFile(join(source, 'd/a'), text);
    await runGit(['add', '-A'], { cwd: source });
    await runGit([...identity, 'commit', '-qm', text], { cwd: source });
    const sha = (await runGit(['rev-parse', 'HEAD'], { cwd: source })).toString().trim();
    const { path } = await workspace.prepare({ sha, tree: null, objects: [join(source, '.git/objects')] });
    expect(await readFile(join(path, 'd/a'), 'utf8')).toBe(text);
    expect(job(path, 'git status --porcelain; git rev-parse HEAD')).toBe(`${sha}\n`);
    await workspace.afterJob();
  }
});

test('the files of a work tree that was used by another process at the same time are mended by the next job', async () => {
  await using repository = await createRepository(FILES);
  await using dir = await tempDir();
  await using workspace = new Workspace({ folder: dir.path });
  const { path } = await workspace.prepare(await checkoutOf(repository));
  await workspace.afterJob();
  await writeFile(join(path, 'late'), 'written after the job');
  await link(join(path, 'README.md'), join(dir.path, 'link'));
  await utimes(join(path, 'ci.sh'), 1, 1);
  expect((await workspace.prepare(await checkoutOf(repository))).restored).toBe('updated');
  expect(await snapshot(path)).toEqual(await expected(repository, 'HEAD'));
  expect((await lstat(join(path, 'README.md'))).nlink).toBe(1);
});
