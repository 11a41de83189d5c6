import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openStore } from '../../src/store/open-store.ts';
import { commitWith, FakeExpander, workflowOf } from '../support/fake-expander.ts';
import { NOW, verdictsOf, work } from '../support/graph.ts';
import { newRepository, pushOf } from '../support/store.ts';

test('a store in memory does what one on a disk does, leaves nothing behind, and is gone when it is closed', async () => {
  const store = await openStore({ path: ':memory:', expander: new FakeExpander() });
  const { id } = await store.addRepository(newRepository(), NOW);
  const jobs = { build: { legs: ['a', 'b'] }, test: { needs: ['build'] } };
  const [run] = await store.dispatch(pushOf(id, [commitWith(1, workflowOf(jobs))]), NOW);
  // what reads and what writes at the same moment do not get in each other's way
  const [, before, queue] = await Promise.all([store.check(), verdictsOf(store, run!), store.queue(10)]);
  expect([before, queue.total]).toEqual([{ 'build (a)': 'queued', 'build (b)': 'queued', test: 'waiting' }, 3]);
  expect(await work(store)).toEqual(['build (a)', 'build (b)', 'test']);
  expect((await store.run(run!))?.run.conclusion).toBe('success');
  await store.close();
  expect(existsSync(':memory:')).toBe(false);
  await expect(store.run(run!)).rejects.toMatchObject({ code: 'E_STORE_CLOSED' });
  const another = await openStore({ path: ':memory:' });
  expect(await another.repositories()).toEqual([]);
  await another.close();
});
