import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { startObserver, wireRepository } from '../support/observer.ts';
import { createRepository } from '../support/repository.ts';

test('a signed push is answered with 202 and dispatched', async () => {
  await using repository = await createRepository({ a: '1' });
  await using ci = await startObserver({ repositories: [await wireRepository(repository)], isWatching: false });
  const sha = await repository.commit('second', { a: '2' });
  const delivery = randomUUID();
  const answer = await ci.push({ after: sha }, { 'x-github-delivery': delivery, 'x-signalbox-trigger': 'hook' });
  expect(answer.status).toBe(202);
  expect(await answer.json()).toEqual({
    delivery,
    runs_url: `${ci.url}/api/runs?repository=local%2Fapp&sha=${sha}`,
  });
  await ci.door.untilSha(sha);
  expect(ci.door.of(sha)).toMatchObject({
    repository: 1,
    ref: 'refs/heads/main',
    commits: [{ sha, title: 'second', author: 'Ada <ada@example.org>' }],
  });
});
