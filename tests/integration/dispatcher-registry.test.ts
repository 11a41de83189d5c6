import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type AddRepository, Registry } from '../../src/dispatcher/registry.ts';
import { createRepository } from '../support/repository.ts';
import { openTestStore, type TestStore } from '../support/store.ts';
import { tempDir } from '../support/temp.ts';

function registryOf(
  { store }: TestStore,
  repositories: ReadonlyMap<string, { sources?: readonly string[] }> = new Map(),
) {
  return new Registry({ store, config: { repositories } });
}

test('a local repository is named after its folder, with its refs as the baseline and a secret of its own', async () => {
  await using opened = await openTestStore();
  await using repository = await createRepository({ a: '1' });
  await repository.git('tag', '-a', '-m', 'one', 'v1');
  const sha = await repository.git('rev-parse', 'HEAD');
  const path = await realpath(repository.path);
  const added = await registryOf(opened).add({ source: repository.path });
  expect(added).toMatchObject({ name: 'local/app', sources: [path], gitDir: join(path, '.git') });
  expect(added.baseline).toEqual({ 'refs/heads/main': sha, 'refs/tags/v1': sha });
  expect(added.secret).toMatch(/^[0-9a-f]{64}$/);
});

test('adding the same again, by any of its paths, gives the same one', async () => {
  await using opened = await openTestStore();
  await using repository = await createRepository({ 'sub/a': '1' });
  await using folder = await tempDir();
  await repository.git('worktree', 'add', '-q', join(folder.path, 'linked'));
  const registry = registryOf(opened);
  const first = await registry.add({ source: repository.path });
  const others = [
    join(repository.path, 'sub'),
    join(repository.path, '.git'),
    join(folder.path, 'linked'),
    `file://${repository.path}`,
  ];
  for (const source of others) expect(await registry.add({ source })).toEqual(first);
  expect(await registry.list()).toHaveLength(1);
  const brought = await registry.add({ source: repository.path, secret: 'brought along' });
  expect(brought).toEqual({ ...first, secret: 'brought along' });
});

test('fifty repositories added at once, some of them twice, are each there once', async () => {
  await using opened = await openTestStore();
  await using repository = await createRepository({ a: '1' });
  await using folder = await tempDir();
  const paths = Array.from({ length: 50 }, (_, at) => join(folder.path, `r${at}`));
  for (const path of paths) await repository.git('clone', '-q', '--bare', '--shared', '.', path);
  const registry = registryOf(opened);
  const requests: AddRepository[] = [...paths, ...paths.slice(0, 10)].map((source) => ({ source }));
  const added = await Promise.all(requests.map((request) => registry.add(request)));
  expect(new Set(added.map(({ id }) => id)).size).toBe(50);
  expect(await registry.list()).toHaveLength(50);
});

test('a clash of names gets a suffix; a name that was asked for must be free', async () => {
  await using opened = await openTestStore();
  await using one = await createRepository({ a: '1' });
  await using two = await createRepository({ a: '2' });
  await using three = await createRepository({ a: '3' });
  const registry = registryOf(opened);
  await registry.add({ source: one.path });
  expect(await registry.add({ source: two.path })).toMatchObject({ name: 'local/app-2' });
  await expect(registry.add({ source: three.path, name: 'local/app' })).rejects.toMatchObject({
    code: 'E_REPOSITORY_EXISTS',
  });
  expect(await registry.add({ source: three.path, name: 'acme/app' })).toMatchObject({ name: 'acme/app' });
  await expect(registry.add({ source: three.path, name: 'no owner' })).rejects.toMatchObject({
    code: 'E_REPOSITORY_NAME',
  });
  await expect(registry.add({ source: three.path, name: '../x' })).rejects.toMatchObject({ code: 'E_REPOSITORY_NAME' });
});

test('what is no repository is an error that says so', async () => {
  await using opened = await openTestStore();
  await using folder = await tempDir();
  const registry = registryOf(opened);
  await expect(registry.add({ source: folder.path })).rejects.toMatchObject({ code: 'E_NOT_A_REPOSITORY' });
  await expect(registry.add({ source: join(folder.path, 'none') })).rejects.toMatchObject({
    code: 'E_NOT_A_REPOSITORY',
  });
  await expect(registry.add({ source: '--upload-pack=x' })).rejects.toMatchObject({ code: 'E_BAD_SOURCE' });
  await expect(registry.add({ source: 'ext::sh -c x' })).rejects.toMatchObject({ code: 'E_BAD_SOURCE' });
});

test('an empty repository can be added: all that it will have is new', async () => {
  await using opened = await openTestStore();
  await using repository = await createRepository();
  expect((await registryOf(opened).add({ source: repository.path })).baseline).toEqual({});
});

test('a source that the configuration lists under a known repository is another way to it', async () => {
  await using opened = await openTestStore();
  await using one = await createRepository({ a: '1' });
  await using two = await createRepository({ a: '1' });
  await two.git('branch', 'only-there');
  const sources = [await realpath(one.path), await realpath(two.path)];
  const registry = registryOf(opened, new Map([['acme/app', { sources }]]));
  const first = await registry.add({ source: one.path });
  const second = await registry.add({ source: two.path });
  expect(first.name).toBe('acme/app');
  expect(second).toMatchObject({ id: first.id, sources: [sources[1], sources[0]] });
  expect(Object.keys(second.baseline)).toEqual(['refs/heads/main', 'refs/heads/only-there']);
  expect(await registry.list()).toHaveLength(1);
});

test('a repository is removed by name or id, and changes are told', async () => {
  await using opened = await openTestStore();
  await using repository = await createRepository({ a: '1' });
  const registry = registryOf(opened);
  let changes = 0;
  registry.onChange(() => changes++);
  const { id } = await registry.add({ source: repository.path });
  expect(await registry.remove('local/nothing')).toBeUndefined();
  expect(await registry.remove(id)).toEqual({ secrets: 0, variables: 0, credential: false });
  expect(await registry.remove(id)).toBeUndefined();
  expect(await registry.list()).toEqual([]);
  expect(changes).toBe(2);
});
