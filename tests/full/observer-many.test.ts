import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WireRepository } from '../../src/protocol/wire-repository.ts';
import { startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';
import { tempDir } from '../support/temp.ts';
import { waitFor } from '../support/wait-for.ts';

test('fifty repositories that are added at once are watched, and each commit is dispatched to its own', async () => {
  await using seed = await createRepository({ a: '1' });
  await using folder = await tempDir();
  const repositories: WireRepository[] = [];
  for (let id = 1; id <= 50; id++) {
    const path = join(folder.path, `app${id}`);
    await cp(seed.path, path, { recursive: true });
    repositories.push(await wireRepository({ path }, { id, name: `local/app${id}` }));
  }
  await using ci = await startObserver();
  ci.door.setRepositories(repositories);
  await waitFor('all watchers', () => {
    const { sources } = ci.observer;
    return sources.length === 50 && sources.every(({ state }) => state === 'watched');
  });
  const commits = new Map<number, string>();
  for (const { id, sources } of repositories) {
    await seed.git('-C', sources[0]!, 'commit', '-q', '--allow-empty', '-m', `in ${id}`);
    commits.set(id, await seed.git('-C', sources[0]!, 'rev-parse', 'HEAD'));
  }
  await ci.door.until('50 dispatches', ({ dispatches }) => dispatches.length >= 50);
  expect(new Map(ci.door.dispatches.map(({ repository, after }) => [repository, after]))).toEqual(commits);
});
