import { expect, test } from 'vitest';
import { Background } from '../../src/dispatcher/background.ts';
import { SearchUpkeep } from '../../src/dispatcher/search-upkeep.ts';
import { createLogger } from '../../src/support/logger.ts';
import { commitOf, newRepository, openTestStore, pushOf } from '../support/store.ts';

test('what happens joins the search index a second later, all of it, until it is stopped', async () => {
  await using at = await openTestStore();
  const { store, clock } = at;
  const background = new Background({ logger: createLogger('silent'), fatal: () => {} });
  const upkeep = new SearchUpkeep({ store, clock, background, pause: async () => {} });
  await store.addRepository(newRepository(), clock.now());
  await store.dispatch(
    pushOf(
      1,
      Array.from({ length: 450 }, (_, n) => commitOf(n + 1, [])),
    ),
    clock.now(),
  );
  upkeep.start();
  clock.advance(1_000);
  await background.settled();
  expect(await store.search.index()).toBe(false);
  await store.dispatch(pushOf(1, [commitOf(451, [])]), clock.now());
  await new Promise((resolve) => setImmediate(resolve)); // events are told after the commit
  clock.advance(1_000);
  await background.settled();
  expect(await store.search.index()).toBe(false);
  upkeep.stop();
  await store.dispatch(pushOf(1, [commitOf(452, [])]), clock.now());
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(1_000);
  await background.settled();
  expect(await store.search.index()).toBe(true);
});
