import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_COMMIT } from '../../src/model/push.ts';
import { importCommits } from '../support/fast-import.ts';
import { startObserver, type TestObserver, type TestObserverOptions, wireRepository } from '../support/observer.ts';
import { createRepository, type TestRepository } from '../support/repository.ts';
import { waitFor } from '../support/wait-for.ts';

/** An observer that watches a repository of one commit. */
async function watched(repository: TestRepository, options: TestObserverOptions = {}): Promise<TestObserver> {
  const ci = await startObserver({ repositories: [await wireRepository(repository)], ...options });
  await waitFor('the watcher', () => ci.observer.sources.every(({ state }) => state === 'watched'));
  return ci;
}

test('a commit is dispatched by the watcher alone', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const first = await repository.git('rev-parse', 'HEAD');
  const sha = await repository.commit('second', { a: '2' });
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({ trigger: 'watch', ref: 'refs/heads/main', before: first, after: sha });
  expect(ci.door.shas).toEqual([sha]);
});

test('each of 20 commits in a row is dispatched once, oldest first', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const shas: string[] = [];
  for (let n = 0; n < 20; n++) shas.push(await repository.commit(`commit ${n}`));
  await ci.door.untilSha(shas.at(-1)!);
  expect(ci.door.shas).toEqual(shas);
});

test('an amended commit is dispatched, and so is the one that it replaces', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const first = await repository.commit('second');
  await ci.door.untilSha(first);
  await repository.git('commit', '-q', '--amend', '--allow-empty', '-m', 'better');
  const amended = await repository.git('rev-parse', 'HEAD');
  await ci.door.untilSha(amended);
  expect(ci.door.shas).toEqual([first, amended]);
});

test('a merge brings the commits of its branch, each once', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.git('checkout', '-q', '-b', 'topic');
  await using ci = await watched(repository);
  const topic = await repository.commit('on topic', { b: '1' });
  await ci.door.untilSha(topic);
  await repository.git('checkout', '-q', 'main');
  const main = await repository.commit('on main', { c: '1' });
  await repository.git('merge', '-q', '--no-ff', '-m', 'merge', 'topic');
  const merge = await repository.git('rev-parse', 'HEAD');
  await ci.door.untilSha(merge);
  expect(ci.door.shas).toEqual([topic, main, merge]);
});

test('of a force-pushed branch only the commits that are new are dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  const base = await repository.git('rev-parse', 'HEAD');
  for (let n = 0; n < 5; n++) await repository.commit(`old ${n}`);
  await using ci = await watched(repository);
  await repository.git('reset', '-q', '--hard', base);
  await ci.door.untilSha(base);
  const fresh = [await repository.commit('new 1'), await repository.commit('new 2')];
  await ci.door.untilSha(fresh[1]!);
  expect(ci.door.shas).toEqual([base, ...fresh]);
});

test('a new branch at an old commit dispatches that commit alone', async () => {
  await using repository = await createRepository({ a: '1' });
  const old = await repository.git('rev-parse', 'HEAD');
  await repository.commit('second');
  await using ci = await watched(repository);
  await repository.git('branch', 'feature/old', old);
  await ci.door.untilSha(old);
  expect(ci.door.dispatches).toMatchObject([
    { ref: 'refs/heads/feature/old', before: NO_COMMIT, commits: [{ sha: old }] },
  ]);
});

test('a deleted branch is dispatched without commits, and forgotten', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.git('branch', 'topic');
  const sha = await repository.git('rev-parse', 'topic');
  await using ci = await watched(repository);
  await repository.git('branch', '-D', 'topic');
  await ci.door.until('the deletion', ({ dispatches }) => dispatches.length > 0);
  expect(ci.door.dispatches).toMatchObject([{ ref: 'refs/heads/topic', before: sha, after: NO_COMMIT, commits: [] }]);
  await repository.git('branch', 'topic');
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({ ref: 'refs/heads/topic', before: NO_COMMIT });
});

test('an annotated tag dispatches the commit that it stands on', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const sha = await repository.git('rev-parse', 'HEAD');
  await repository.git('tag', '-a', 'v1', '-m', 'version 1');
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({ ref: 'refs/tags/v1', commits: [{ sha }] });
});

test('packing the refs deletes nothing, and what comes after is seen', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.git('branch', 'topic');
  await using ci = await watched(repository);
  await repository.git('pack-refs', '--all', '--prune');
  await repository.git('gc', '-q', '--prune=now');
  const sha = await repository.commit('after packing');
  await ci.door.untilSha(sha);
  await repository.git('pack-refs', '--all', '--prune');
  await repository.git('branch', '-D', 'topic'); // it was only in packed-refs
  await ci.door.until('the deletion', ({ dispatches }) => dispatches.some(({ after }) => after === NO_COMMIT));
  expect(ci.door.dispatches.map(({ ref, after }) => [ref, after])).toEqual([
    ['refs/heads/main', sha],
    ['refs/heads/topic', NO_COMMIT],
  ]);
});

test('a commit on a branch whose name is no UTF-8 is dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const sha = await repository.git('commit-tree', '-m', 'second', '-p', 'HEAD', 'HEAD^{tree}');
  const file = Buffer.concat([Buffer.from(join(repository.path, '.git/refs/heads/caf')), Buffer.from([0xe9])]);
  await writeFile(file, `${sha}\n`);
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha).ref).toBe('refs/heads/caf\ufffd');
});

test('commits in a linked work tree are seen, on a branch and detached', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const linked = join(repository.path, '..', 'linked');
  await repository.git('worktree', 'add', '-q', '-b', 'side', linked);
  await repository.git('-C', linked, 'commit', '-q', '--allow-empty', '-m', 'on side');
  const onSide = await repository.git('rev-parse', 'side');
  await ci.door.untilSha(onSide);
  await repository.git('-C', linked, 'checkout', '-q', '--detach');
  await repository.git('-C', linked, 'commit', '-q', '--allow-empty', '-m', 'detached');
  const detached = await repository.git('-C', linked, 'rev-parse', 'HEAD');
  await ci.door.untilSha(detached);
  expect(ci.door.of(detached)).toMatchObject({ ref: 'HEAD', commits: [{ sha: detached }] });
});

test('of a rebase the commits that it ends with are dispatched, not the steps on its way', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.git('checkout', '-q', '-b', 'topic');
  for (const name of ['b', 'c', 'd']) await repository.commit(`adds ${name}`, { [name]: '1' });
  await repository.git('checkout', '-q', 'main');
  await repository.commit('on main', { e: '1' });
  await repository.git('checkout', '-q', 'topic');
  await using ci = await watched(repository);
  await repository.git('rebase', '-q', 'main');
  const tip = await repository.git('rev-parse', 'topic');
  await ci.door.untilSha(tip);
  const fresh = (await repository.git('rev-list', '--reverse', 'main..topic')).split('\n');
  expect(ci.door.shas).toEqual(fresh);
  expect(ci.door.dispatches.map(({ ref }) => ref)).toEqual(['refs/heads/topic']);
});

test('a checkout of an old commit starts nothing', async () => {
  await using repository = await createRepository({ a: '1' });
  await repository.commit('second');
  await repository.commit('third');
  await using ci = await watched(repository);
  await repository.git('checkout', '-q', 'HEAD~1');
  await repository.git('checkout', '-q', 'main');
  const sha = await repository.commit('fourth');
  await ci.door.untilSha(sha);
  expect(ci.door.shas).toEqual([sha]);
});

test('50 branches in one push are all dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  const shas = await importCommits(repository, 'refs/notes/unseen', 50, 'refs/heads/main');
  await using ci = await watched(repository);
  const names = shas.map((_, n) => `refs/heads/many/${n}`);
  await repository.git('push', '-q', '.', ...shas.map((sha, n) => `${sha}:${names[n]}`));
  await ci.door.until('all 50', ({ dispatches }) => new Set(dispatches.map(({ ref }) => ref)).size === 50);
  expect(new Set(ci.door.shas)).toEqual(new Set(shas));
  expect(new Set(ci.door.dispatches.map(({ ref }) => ref))).toEqual(new Set(names));
});

test('an unrelated history is dispatched from its root', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const tree = await repository.git('rev-parse', 'HEAD^{tree}');
  const root = await repository.git('commit-tree', '-m', 'root', tree);
  const tip = await repository.git('commit-tree', '-p', root, '-m', 'tip', tree);
  await repository.git('update-ref', 'refs/heads/main', tip);
  await ci.door.untilSha(tip);
  expect(ci.door.shas).toEqual([root, tip]);
});

test('of 300 commits in one push the newest 250 are tested and the rest is skipped, with the reason', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const shas = await importCommits(repository, 'refs/heads/main', 300, 'refs/heads/main');
  const tip = shas.at(-1)!;
  await ci.door.untilSha(tip);
  const [{ commits } = { commits: [] }] = ci.door.dispatches;
  expect(commits.map(({ sha }) => sha)).toEqual(shas);
  expect(commits.filter(({ skip }) => skip !== undefined)).toHaveLength(50);
  expect(commits[49]?.skip).toContain('300 new commits');
  expect(commits[50]?.skip).toBeUndefined();
});

test('with the policy `latest` only the tip is tested', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({
    repositories: [await wireRepository(repository, { policy: 'latest' })],
    isWatching: false,
  });
  const shas = [await repository.commit('one'), await repository.commit('two'), await repository.commit('three')];
  await ci.push({ after: shas[2]! });
  await ci.door.untilSha(shas[2]!);
  expect(ci.door.dispatches[0]?.commits.map(({ sha, skip }) => [sha, skip === undefined])).toEqual([
    [shas[0], false],
    [shas[1], false],
    [shas[2], true],
  ]);
});

test('a folder that is gone is told once, and watched again when it is back', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository, { poll: { localSeconds: 0.05, remoteSeconds: 3600 } });
  const away = `${repository.path}.away`;
  await rename(repository.path, away);
  await waitFor('the warning', () => ci.observer.sources.every(({ state }) => state === 'unavailable'));
  await waitFor('three more looks', () => true);
  await rename(away, repository.path);
  await waitFor('the watcher', () => ci.observer.sources.every(({ state }) => state === 'watched'));
  const sha = await repository.commit('after');
  await ci.door.untilSha(sha);
  expect(ci.logs.filter(({ msg }) => msg === 'the repository cannot be read')).toHaveLength(1);
  expect(ci.logs.filter(({ msg }) => msg === 'the repository can be read again')).toHaveLength(1);
});

test('a folder that another repository took the place of is watched as it is now', async () => {
  await using repository = await createRepository({ a: '1' });
  await using other = await createRepository({ b: '1' });
  await using ci = await watched(repository, { poll: { localSeconds: 0.05, remoteSeconds: 3600 } });
  await rm(repository.path, { recursive: true });
  await mkdir(repository.path, { recursive: true });
  await rm(repository.path, { recursive: true });
  await rename(other.path, repository.path);
  const root = await repository.git('rev-parse', 'HEAD');
  await ci.door.untilSha(root);
});

test('a repository of many loose refs is watched by its logs alone', async () => {
  await using repository = await createRepository({ a: '1' });
  const head = await repository.git('rev-parse', 'HEAD');
  const refs = Array.from({ length: 320 }, (_, n) => `${head}:refs/heads/many/${n}`);
  await repository.git('push', '-q', '.', ...refs);
  await using ci = await watched(repository);
  const sha = await repository.commit('second');
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha).trigger).toBe('watch');
});

test('a history of 12,000 commits that is pushed at once arrives in parts, the oldest without their names', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await watched(repository);
  const shas = await importCommits(repository, 'refs/heads/imported', 12_000);
  await ci.door.untilSha(shas.at(-1)!);
  const sent = ci.door.dispatches.flatMap(({ commits }) => commits);
  expect(sent.map(({ sha }) => sha)).toEqual(shas.slice(-10_250));
  expect(ci.door.shas).toEqual(shas.slice(-250));
  expect(sent[0]?.skip).toContain('1750 older ones are not listed');
  expect(Math.max(...ci.door.dispatches.map(({ commits }) => commits.length))).toBe(2_000);
});

test.each(['refs/heads/main', 'refs/tags/v1'])(
  'of a branch and a tag that come together the branch tells all commits, though %s is looked at first',
  async (first) => {
    await using repository = await createRepository({ a: '1' });
    await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
    const shas = [await repository.commit('one'), await repository.commit('two'), await repository.commit('three')];
    const after = shas.at(-1) ?? '';
    await repository.git('tag', 'v1');
    const refs = first === 'refs/heads/main' ? [first, 'refs/tags/v1'] : [first, 'refs/heads/main'];
    for (const ref of refs) {
      await ci.push({ ref, after });
      await ci.door.until(`dispatch of ${ref}`, ({ dispatches }) => dispatches.some((one) => one.ref === ref));
    }
    const told = (ref: string) =>
      ci.door.dispatches.filter((one) => one.ref === ref).flatMap(({ commits }) => commits.map(({ sha }) => sha));
    expect(told('refs/heads/main')).toEqual(shas);
    expect(told('refs/tags/v1')).toEqual([after]);
    const next = await repository.commit('four');
    await ci.push({ after: next });
    await ci.door.untilSha(next);
    expect(ci.door.of(next).commits.map(({ sha }) => sha)).toEqual([next]);
  },
);

test('commits that only a tag has are all dispatched, and once more with the branch that brings them', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  await repository.git('checkout', '-q', '--detach');
  const shas = [await repository.commit('one'), await repository.commit('two')];
  await repository.git('tag', 'v1');
  await repository.git('checkout', '-q', 'main');
  await ci.push({ ref: 'refs/tags/v1', after: shas.at(-1) ?? '' });
  await ci.door.until('the tag', ({ dispatches }) => dispatches.length === 1);
  await repository.git('merge', '-q', '--ff-only', 'v1');
  await ci.push({ after: shas.at(-1) ?? '' });
  await ci.door.until('the branch', ({ dispatches }) => dispatches.length === 2);
  expect(ci.door.dispatches.map(({ ref, commits }) => [ref, commits.map(({ sha }) => sha)])).toEqual([
    ['refs/tags/v1', shas],
    ['refs/heads/main', shas],
  ]);
});
