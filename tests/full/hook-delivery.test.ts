import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Hooked } from '../support/hooked.ts';

const NONE = '0'.repeat(40);

/** Every shell that may stand behind /bin/sh, and is here. */
const SHELLS = [
  ['dash', '/bin/dash'],
  ['bash --posix', '/bin/bash --posix'],
  ['busybox sh', '/bin/busybox sh'],
].filter(([, line]) => existsSync(`${line}`.split(' ')[0] as string)) as [string, string][];

beforeEach(() => {
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
});
afterEach(() => vi.unstubAllEnvs());

/** A repository with one commit on `main`, hooks installed after it; the sha of the commit. */
async function withOneCommit(hooked: Hooked): Promise<string> {
  await hooked.init();
  const first = await hooked.commit('app', 'first', { 'a.txt': 'a\n' });
  await hooked.install();
  return first;
}

/** Leads every installed hook through another shell. */
async function useShell(hooked: Hooked, line: string, folder = 'app/.git/hooks'): Promise<void> {
  for (const name of ['post-commit', 'post-merge', 'post-applypatch', 'post-rewrite', 'post-receive']) {
    const path = join(hooked.root, folder, name);
    await writeFile(path, (await readFile(path, 'utf8')).replace('#!/bin/sh', `#!${line}`));
    await chmod(path, 0o755);
  }
}

const empty = (hooked: Hooked, tree: string) => hooked.git('app.git', 'commit-tree', '-m', 'empty', tree);

const push = (ref: string, before: string, after: string) => ({
  ref,
  before,
  after,
  repository: { full_name: 'local/app' },
});

describe.each(SHELLS)('under %s', (_, line) => {
  async function start(): Promise<{ hooked: Hooked; first: string }> {
    const hooked = await Hooked.start();
    const first = await withOneCommit(hooked);
    await useShell(hooked, line);
    return { hooked, first };
  }

  test('a commit is told of as a signed push of GitHub, each with an id of its own', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    const second = await hooked.commit('app', 'second');
    const third = await hooked.commit('app', 'third');
    const [one, two] = hooked.deliveries();
    expect(one).toMatchObject({ path: '/webhooks', push: push('refs/heads/main', first, second), isVerified: true });
    expect(one?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'x-signalbox-trigger': 'hook',
    });
    expect(two?.push).toEqual(push('refs/heads/main', second, third));
    expect(two?.headers['x-github-delivery']).not.toBe(one?.headers['x-github-delivery']);
  });

  test('an amended commit is told of once, with the commit that it took the place of', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.git('app', 'commit', '-q', '--amend', '-m', 'better');
    expect(hooked.told()).toEqual([push('refs/heads/main', first, await hooked.sha('app'))]);
  });

  test('a commit on a detached HEAD is told of as HEAD', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.git('app', 'checkout', '-q', '--detach');
    const after = await hooked.commit('app', 'adrift');
    expect(hooked.told()).toEqual([push('HEAD', first, after)]);
  });

  test('a merge is told of, a squash is not before it is committed', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.git('app', 'checkout', '-q', '-b', 'topic');
    const topic = await hooked.commit('app', 'topic', { 'b.txt': 'b\n' });
    await hooked.git('app', 'checkout', '-q', '-b', 'other', first);
    const other = await hooked.commit('app', 'other', { 'c.txt': 'c\n' });
    hooked.told();
    await hooked.git('app', 'merge', '-q', 'topic');
    const merged = await hooked.sha('app');
    expect(hooked.told()).toEqual([push('refs/heads/other', other, merged)]);
    await hooked.git('app', 'checkout', '-q', 'main');
    await hooked.git('app', 'merge', '-q', '--ff-only', 'topic');
    expect(hooked.told()).toEqual([push('refs/heads/main', first, topic)]);
    await hooked.git('app', 'merge', '-q', '--squash', 'other');
    expect(hooked.told()).toEqual([]);
  });

  test.each(['--merge', '--apply'])(
    'a rebase (%s) is told of once, at its end, with where the branch was',
    async (how) => {
      const { hooked, first } = await start();
      await using _ = hooked;
      const base = await hooked.commit('app', 'base', { 'b.txt': 'b\n' });
      await hooked.git('app', 'checkout', '-q', '-b', 'topic', first);
      await hooked.commit('app', 'one', { 'one.txt': '1\n' });
      const before = await hooked.commit('app', 'two', { 'two.txt': '2\n' });
      hooked.told();
      await hooked.git('app', 'rebase', '-q', how, base);
      expect(hooked.told()).toEqual([push('refs/heads/topic', before, await hooked.sha('app'))]);
      await hooked.git('app', 'checkout', '-q', '--detach', before);
      await hooked.git('app', 'rebase', '-q', how, base);
      expect(hooked.told()).toEqual([push('HEAD', before, await hooked.sha('app'))]);
    },
  );

  test('a rebase that stops is silent until it goes on to its end', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.commit('app', 'base', { 'a.txt': 'base\n' });
    await hooked.git('app', 'checkout', '-q', '-b', 'topic', first);
    const before = await hooked.commit('app', 'one', { 'a.txt': 'topic\n' });
    hooked.told();
    expect((await hooked.run('app', 'git', 'rebase', '-q', 'main')).status).not.toBe(0);
    await hooked.commit('app', 'solved', { 'a.txt': 'both\n' });
    await hooked.git('app', 'commit', '-q', '--amend', '-m', 'solved well');
    expect(hooked.told()).toEqual([]);
    await hooked.git('app', 'rebase', '--continue');
    expect(hooked.told()).toEqual([push('refs/heads/topic', before, await hooked.sha('app'))]);
  });

  test('each commit that is picked, reverted or applied from mail is told of', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.git('app', 'checkout', '-q', '-b', 'topic');
    await hooked.commit('app', 'one', { 'one.txt': '1\n' });
    await hooked.commit('app', 'two', { 'two.txt': '2\n' });
    await hooked.git('app', 'checkout', '-q', 'main');
    hooked.told();
    await hooked.git('app', 'cherry-pick', 'topic~1', 'topic');
    const picked = [first, await hooked.sha('app', 'HEAD~1'), await hooked.sha('app')] as const;
    expect(hooked.told()).toEqual([
      push('refs/heads/main', picked[0], picked[1]),
      push('refs/heads/main', picked[1], picked[2]),
    ]);
    await hooked.git('app', 'revert', '--no-edit', 'HEAD');
    expect(hooked.told()).toEqual([push('refs/heads/main', picked[2], await hooked.sha('app'))]);
    await hooked.git('app', 'format-patch', '-q', '-o', '../mail', `${first}..topic`);
    await hooked.git('app', 'checkout', '-q', '-b', 'mailed', first);
    await hooked.run('app', 'sh', '-c', 'git am -q ../mail/*');
    const applied = await hooked.sha('app', 'HEAD~1');
    expect(hooked.told()).toEqual([
      push('refs/heads/mailed', first, applied),
      push('refs/heads/mailed', applied, await hooked.sha('app')),
    ]);
  });

  test('a commit in a linked work tree is told of, on a branch and detached', async () => {
    const { hooked, first } = await start();
    await using _ = hooked;
    await hooked.git('app', 'worktree', 'add', '-q', '../linked "tree"\n$(x)', '-b', 'linked');
    const linked = 'linked "tree"\n$(x)';
    const one = await hooked.commit(linked, 'one');
    await hooked.git(linked, 'checkout', '-q', '--detach');
    const two = await hooked.commit(linked, 'two');
    expect(hooked.told()).toEqual([push('refs/heads/linked', first, one), push('HEAD', one, two)]);
  });

  test('pushes into a bare repository are told of, one for each branch and tag', async () => {
    await using hooked = await Hooked.start();
    await hooked.init();
    const first = await hooked.commit('app', 'first');
    await hooked.init('bare', '--bare');
    await hooked.install('bare');
    await useShell(hooked, line, 'bare/hooks');
    await hooked.git(
      'app',
      'push',
      '-q',
      '../bare',
      'main',
      'main:refs/heads/it\'s"$(x)"',
      'main:refs/notes/n',
      'main:refs/tags/v1',
    );
    expect(new Set(hooked.told())).toEqual(
      new Set(['refs/heads/main', 'refs/heads/it\'s"$(x)"', 'refs/tags/v1'].map((ref) => push(ref, NONE, first))),
    );
    const second = await hooked.commit('app', 'second');
    await hooked.git('app', 'push', '-q', '../bare', 'main', ':refs/tags/v1');
    expect(new Set(hooked.told())).toEqual(
      new Set([push('refs/heads/main', first, second), push('refs/tags/v1', first, NONE)]),
    );
  });

  test('names full of quotes, spaces, dollars and other alphabets arrive as they are', async () => {
    await using hooked = await Hooked.start({
      secret: 'ключ "and" \\ $(x) \'more\' than sixty-four bytes of it, so that it is hashed',
    });
    const folder = 'a "path" \'with\'\n$(touch pwned) `x` \\ ünï ☂';
    await hooked.init(folder);
    await hooked.install(folder, { repository: 'local/"q" \\ \' $(x) ☂' });
    await useShell(hooked, line, `${folder}/.git/hooks`);
    const branch = 'feature/"quotes"-\'$(touch$IFSpwned)`x`;ünï-☂-%s-#&';
    await hooked.git(folder, 'checkout', '-q', '-b', branch);
    hooked.env = { GIT_AUTHOR_NAME: '"$(x)" \\ ☂', GIT_COMMITTER_NAME: '\' " * ☂' };
    const first = await hooked.commit(folder, 'a "message" $(x)\n\n\\ ☂');
    const second = await hooked.commit(folder, 'second');
    const repository = { full_name: 'local/"q" \\ \' $(x) ☂' };
    expect(hooked.told()).toEqual([
      { ref: `refs/heads/${branch}`, before: NONE, after: first, repository },
      { ref: `refs/heads/${branch}`, before: first, after: second, repository },
    ]);
    expect(existsSync(join(hooked.root, folder, 'pwned'))).toBe(false);
  });
});

test('the first commit of a repository is told of as a new branch', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.install();
  const first = await hooked.commit('app', 'first');
  expect(hooked.told()).toEqual([push('refs/heads/main', NONE, first)]);
});

test('a commit made in a folder of the work tree, or from outside of it, is told of', async () => {
  await using hooked = await Hooked.start();
  const first = await withOneCommit(hooked);
  await hooked.commit('app', 'one', { 'deep/er/b.txt': 'b\n' });
  const one = await hooked.sha('app');
  await hooked.git('app/deep/er', 'commit', '-q', '--allow-empty', '-m', 'two');
  const two = await hooked.sha('app');
  await hooked.git('.', '--git-dir=app/.git', '--work-tree=app', 'commit', '-q', '--allow-empty', '-m', 'three');
  const three = await hooked.sha('app');
  expect(hooked.told()).toEqual([
    push('refs/heads/main', first, one),
    push('refs/heads/main', one, two),
    push('refs/heads/main', two, three),
  ]);
});

test('a merge whose conflict was solved by hand is told of', async () => {
  await using hooked = await Hooked.start();
  const first = await withOneCommit(hooked);
  await hooked.git('app', 'checkout', '-q', '-b', 'topic');
  await hooked.commit('app', 'topic', { 'a.txt': 'topic\n' });
  await hooked.git('app', 'checkout', '-q', 'main');
  const ours = await hooked.commit('app', 'main', { 'a.txt': 'main\n' });
  hooked.told();
  expect((await hooked.run('app', 'git', 'merge', '-q', 'topic')).status).not.toBe(0);
  const merged = await hooked.commit('app', 'both', { 'a.txt': 'both\n' });
  expect(hooked.told()).toEqual([push('refs/heads/main', ours, merged)]);
  expect(first).not.toBe(ours);
});

test('a submodule tells of its own commits under its own name', async () => {
  await using hooked = await Hooked.start();
  await hooked.init('library');
  await hooked.commit('library', 'first', { 'l.txt': 'l\n' });
  await withOneCommit(hooked);
  await hooked.git('app', '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../library', 'lib rary');
  await hooked.install('app/lib rary', { repository: 'local/library' });
  const before = await hooked.sha('app/lib rary');
  const after = await hooked.commit('app/lib rary', 'inside');
  expect(hooked.told()).toEqual([
    { ...push('refs/heads/main', before, after), repository: { full_name: 'local/library' } },
  ]);
});

test('a git folder that is apart from its work tree tells of commits', async () => {
  await using hooked = await Hooked.start();
  await hooked.init('app', '--separate-git-dir', '../apart');
  await hooked.install();
  const first = await hooked.commit('app', 'first');
  expect(hooked.told()).toEqual([push('refs/heads/main', NONE, first)]);
});

test('a SHA-256 repository tells of commits with ids of 64 digits', async () => {
  await using hooked = await Hooked.start();
  await hooked.init('app', '--object-format=sha256');
  await hooked.install();
  const first = await hooked.commit('app', 'first');
  const second = await hooked.commit('app', 'second');
  expect(first).toHaveLength(64);
  expect(hooked.told()).toEqual([
    push('refs/heads/main', '0'.repeat(64), first),
    push('refs/heads/main', first, second),
  ]);
});

test('without a reflog the first parent stands for what was before', async () => {
  await using hooked = await Hooked.start();
  await hooked.init();
  await hooked.git('app', 'config', 'core.logAllRefUpdates', 'false');
  await hooked.install();
  const first = await hooked.commit('app', 'first');
  const second = await hooked.commit('app', 'second');
  expect(hooked.told()).toEqual([push('refs/heads/main', NONE, first), push('refs/heads/main', first, second)]);
});

test('a branch whose ref was packed this very moment is asked of git', async () => {
  await using hooked = await Hooked.start();
  const first = await withOneCommit(hooked);
  const second = await hooked.commit('app', 'second');
  hooked.told();
  await hooked.git('app', 'pack-refs', '--all');
  await hooked.run('app', '.git/hooks/post-commit');
  expect(hooked.told()).toEqual([push('refs/heads/main', first, second)]);
});

test('a commit on a branch that stands for another is told of as one on that', async () => {
  await using hooked = await Hooked.start();
  const first = await withOneCommit(hooked);
  await hooked.git('app', 'symbolic-ref', 'refs/heads/alias', 'refs/heads/main');
  await hooked.git('app', 'symbolic-ref', 'HEAD', 'refs/heads/alias');
  const after = await hooked.commit('app', 'second');
  expect(hooked.told()).toEqual([push('refs/heads/main', first, after)]);
});

test('a work tree of a bare repository tells of its commits', async () => {
  await using hooked = await Hooked.start();
  await hooked.init('app.git', '--bare');
  await hooked.install('app.git');
  await hooked.git('app.git', 'worktree', 'add', '-q', '--orphan', '../tree').catch(async () => {
    const tree = await hooked.git('app.git', 'hash-object', '-t', 'tree', '-w', '/dev/null'); // git before 2.42
    await hooked.git('app.git', 'worktree', 'add', '-q', '-b', 'tree', '../tree', await empty(hooked, tree));
  });
  const before = await hooked.sha('tree').catch(() => NONE);
  const after = await hooked.commit('tree', 'first');
  expect(hooked.told()).toEqual([push('refs/heads/tree', before, after)]);
});

test.each(SHELLS)('where the system has no file of random ids, openssl makes them (%s)', async (_, line) => {
  await using hooked = await Hooked.start();
  await withOneCommit(hooked);
  await useShell(hooked, line);
  const path = join(hooked.root, 'app/.git/hooks/post-commit');
  await writeFile(path, (await readFile(path, 'utf8')).replace('</proc/sys/', '</nowhere/'));
  await hooked.commit('app', 'second');
  await hooked.commit('app', 'third');
  const ids = hooked.deliveries().map((delivery) => delivery.headers['x-github-delivery']);
  expect(ids).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
  expect(ids[0]).not.toBe(ids[1]);
});

test('a repository that was moved goes on telling', async () => {
  await using hooked = await Hooked.start();
  const first = await withOneCommit(hooked);
  await rename(join(hooked.root, 'app'), join(hooked.root, 'moved'));
  const second = await hooked.commit('moved', 'second');
  expect(hooked.told()).toEqual([push('refs/heads/main', first, second)]);
});

test('a clone of a repository with the hook tells nothing', async () => {
  await using hooked = await Hooked.start();
  await withOneCommit(hooked);
  await hooked.git('.', 'clone', '-q', 'app', 'clone');
  await hooked.commit('clone', 'elsewhere');
  expect(hooked.told()).toEqual([]);
});

test('fifty commits in a loop are fifty deliveries with ids of their own', async () => {
  await using hooked = await Hooked.start();
  await withOneCommit(hooked);
  const loop = 'for i in $(seq 50); do git commit -q --allow-empty -m $i || exit 1; done';
  expect((await hooked.run('app', 'sh', '-c', loop)).status).toBe(0);
  const deliveries = hooked.deliveries();
  expect(new Set(deliveries.map((delivery) => delivery.headers['x-github-delivery'])).size).toBe(50);
  const shas = execFileSync('git', ['rev-list', '-50', 'HEAD'], { cwd: join(hooked.root, 'app'), encoding: 'utf8' });
  expect(new Set(deliveries.map((delivery) => delivery.push.after))).toEqual(new Set(shas.trim().split('\n')));
  const parents = execFileSync('git', ['rev-list', '-50', 'HEAD~1'], {
    cwd: join(hooked.root, 'app'),
    encoding: 'utf8',
  });
  expect(new Set(deliveries.map((delivery) => delivery.push.before))).toEqual(new Set(parents.trim().split('\n')));
});
