import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Home } from '../../src/web/home.ts';
import { Verdicts } from '../../src/web/verdicts.ts';
import { commitOf, newRepository, pushOf } from '../support/store.ts';
import { leasedJob, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
const warmUps: (() => Promise<void>)[] = [];

beforeEach(async () => {
  web = await startWeb({ later: (work) => warmUps.push(work) });
  for (const n of [1, 2, 3]) {
    const { id } = await web.store.addRepository(newRepository(`acme/app-${n}`), web.clock.now());
    await web.store.dispatch(pushOf(id, [commitOf(n), commitOf(n + 10)]), web.clock.now());
  }
});
afterEach(async () => {
  warmUps.length = 0;
  await web[Symbol.asyncDispose]();
});

test('what the home page shows is not sent to who has it already, until something happens', async () => {
  const first = await web.ask('/api/home');
  const etag = String(first.headers.etag);
  const again = () => web.ask('/api/home', { headers: { 'if-none-match': etag } });
  expect((await again()).status).toBe(304);
  await web.store.dispatch(pushOf(2, [commitOf(100)]), web.clock.now());
  const changed = await again();
  expect(changed.status).toBe(200);
  expect(changed.json()).toMatchObject({ total: 3, next: null });
  expect(changed.body.toString()).toContain('commit 100');
});

test('who takes it packed gets the same', async () => {
  const plain = await web.ask('/api/home');
  const packed = await web.ask('/api/home', { headers: { 'accept-encoding': 'gzip' } });
  expect(packed.headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
});

test('a repository is read anew only after something happened there', async () => {
  const { store } = web;
  const read: number[] = [];
  const counting = new Proxy(store, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name === 'recentRuns') return (id: number) => read.push(id) && store.recentRuns(id);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  const operations = {
    runners: () => [],
    lineOf: async () => [],
    defaultBranchOf: () => null,
  };
  const sources = { store: counting, operations: operations as never, verdicts: new Verdicts({ store, operations }) };
  const home = new Home(sources);
  const rows = await home.rows();
  expect([read.splice(0), await home.rows()]).toEqual([[1, 2, 3], rows]);
  await store.dispatch(pushOf(2, [commitOf(100)]), web.clock.now());
  const changed = await home.rows();
  expect(read).toEqual([2]);
  expect(changed.filter((row) => !rows.includes(row)).map(({ name }) => name)).toEqual(['acme/app-2']);
});

test('pages are rendered for nobody after the start, and an answer is the same as without', async () => {
  const before = (await web.ask('/api/home')).body.toString();
  expect(warmUps).toHaveLength(1);
  await warmUps[0]?.();
  expect((await web.ask('/api/home')).body.toString()).toBe(before);
});

test('where nothing had run at the start, pages are rendered for nobody a second after something has', async () => {
  const works: (() => Promise<void>)[] = [];
  await using empty = await startWeb({ later: (work) => works.push(work) });
  await works[0]?.();
  expect(empty.clock.untilNext).toBeUndefined();
  await leasedJob(empty);
  while (empty.clock.untilNext === undefined) await new Promise((resolve) => setImmediate(resolve));
  expect(empty.clock.untilNext).toBe(1_000);
  empty.clock.advance(1_000);
  expect(empty.clock.pending).toBe(0);
});
