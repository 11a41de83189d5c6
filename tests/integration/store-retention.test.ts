import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLogs } from '../../src/store/open-logs.ts';
import type { StoredLogs } from '../../src/store/stored-logs.ts';
import { job, workflow } from '../support/definitions.ts';
import { DAY_MS, upkeepOf } from '../support/retention.ts';
import {
  commitOf,
  newRepository,
  openTestStore,
  plannedJob,
  pushOf,
  resultOf,
  SPEC,
  shaOf,
  type TestStore,
} from '../support/store.ts';

let at: TestStore;
let home: string;
let logs: StoredLogs;
beforeEach(async () => {
  at = await openTestStore();
  home = dirname(at.path);
  logs = (await openLogs({ home, store: at.store, onError: () => {} })) as StoredLogs;
  await at.store.addRepository(newRepository(), at.clock.now());
});
afterEach(async () => {
  await logs.close();
  await at[Symbol.asyncDispose]();
});

/** A run that ends now, with a log of so many bytes; ids of run and job. */
async function runOf(
  n: number,
  logBytes = 100,
  more: object = {},
  plan: object = {},
): Promise<{ run: number; job: number }> {
  const { store, clock } = at;
  const payload = { n };
  const commit = commitOf(n);
  const [run = 0] = await store.dispatch(
    pushOf(1, [{ ...commit, plan: { ...commit.plan, ...plan }, payload, actor: 'ada' }]),
    clock.now(),
  );
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
  const job = claimed!.job;
  await logs.append({ job, execution: 1 }, 0, Buffer.alloc(logBytes, 'x'), true);
  await logs.seal({ job, execution: 1 });
  const tests = [{ suite: 's', name: 't', conclusion: 'success' as const, durationMs: 1 }];
  await store.finish(resultOf(job, 1, { completedAt: clock.now(), logBytes, tests, ...more }), clock.now());
  return { run, job };
}

const days = (count: number) => at.clock.advance(count * DAY_MS);
const upkeep = (bounds = {}) => upkeepOf({ home, store: at.store, logs, clock: at.clock }, bounds);

test('a run that is too old is gone with its jobs, logs, reports, artifacts and its result file', async () => {
  const { store, clock } = at;
  const old = await runOf(1, 20_000);
  const bytes = Buffer.from('zip');
  const digest = createHash('sha256').update(bytes).digest('hex');
  const expiresAt = new Date(+clock.now() + 400 * DAY_MS);
  const of = { job: old.job, execution: 1, name: 'a', overwrite: false, expiresAt, bytes: bytes.length, digest };
  await store.artifacts.add(of, Readable.from([bytes]), clock.now());
  await mkdir(join(home, 'test_results'));
  await writeFile(join(home, 'test_results', shaOf(1)), 'green');
  days(101);
  const young = await runOf(2);
  const look = upkeep();
  await look.look();
  expect(look.removed).toMatchObject({ runs: 1, logs: 1, artifacts: 1 });
  expect(await store.run(old.run)).toBeUndefined();
  expect(await store.job(old.job)).toBeUndefined();
  expect(await logs.size({ job: old.job, execution: 1 })).toBe(0);
  expect(readdirSync(join(home, 'artifacts'))).toEqual([]);
  expect(existsSync(join(home, 'test_results', shaOf(1)))).toBe(false);
  expect((await store.run(young.run))?.jobs[0]?.executions[0]?.logRemovedAt).toBeNull();
  expect(await logs.size({ job: young.job, execution: 1 })).toBe(100);
  // what it was is not remembered: the same commit, pushed anew, is tested anew
  const [again] = await store.dispatch(pushOf(1, [commitOf(1)]), clock.now());
  expect(again).toBeGreaterThan(young.run);
});

test('a log that is too old is gone, large or small, and its execution says since when', async () => {
  const [large, small] = [await runOf(1, 200_000), await runOf(2)];
  await logs.packed();
  days(31);
  await runOf(3);
  await upkeep().look();
  for (const { job, run } of [large, small]) {
    expect((await at.store.run(run))?.jobs[0]?.executions[0]?.logRemovedAt).toEqual(at.clock.now());
    expect(await logs.size({ job, execution: 1 })).toBe(0);
  }
  const again = upkeep();
  await again.look();
  expect(again.removed.logs).toBe(0);
});

test('the logs of the oldest runs go when all logs take too much', async () => {
  const runs = [await runOf(1, 1_000), await runOf(2, 1_000), await runOf(3, 1_000)];
  await upkeep({ logsBytes: 2_500 }).look();
  expect(await Promise.all(runs.map(({ job }) => logs.size({ job, execution: 1 })))).toEqual([0, 1_000, 1_000]);
});

test('reports go after their own time', async () => {
  const { run } = await runOf(1);
  days(61);
  await runOf(2);
  const look = upkeep();
  await look.look();
  expect(look.removed.reports).toBe(1);
  expect(await at.store.tests.ofRun(run)).toBeUndefined();
});

test('a run that is tried again while it is looked at stays', async () => {
  const { store, clock } = at;
  const old = await runOf(1, 100, { conclusion: 'failure', exit: { status: 1 } });
  days(101);
  await runOf(2);
  await store.rerun(old.run, { failedOnly: false }, clock.now());
  const gone = await store.retention.removeRuns([old.run]);
  expect(gone.runs).toBe(0);
  expect((await store.run(old.run))?.run.attempt).toBe(2);
});

test('old events go, and the newest one stays, so that whoever follows them knows where they are', async () => {
  await runOf(1);
  const last = await at.store.lastEvent();
  days(31);
  const look = upkeep({ eventsMs: 30 * DAY_MS });
  await look.look();
  expect(look.removed.events).toBe(last - 1);
  const left = await at.store.retention.removeEvents(at.clock.now(), 100);
  expect(left).toBe(0);
  expect(await at.store.lastEvent()).toBe(last);
});

test('documents that no run needs go, and one that a new run brings again is there', async () => {
  const { store, clock } = at;
  const definition = workflow([job('test')]);
  const dispatch = (n: number, payload: object) => {
    const plan = { workflow: 'CI', path: definition.path, keyRef: 'refs/heads/main', jobs: [], definition };
    const commit = { ...commitOf(n), plan, payload: payload as { [key: string]: string }, actor: 'ada' };
    return store.dispatch(pushOf(1, [commit]), clock.now());
  };
  await dispatch(1, { first: 'yes' });
  days(101);
  await dispatch(2, { second: 'yes' });
  // one that passes, as if of the same file: nothing before it is needed to know since when it is broken
  await runOf(4, 100, {}, { workflow: definition.path });
  const before = await store.retention.documents.ids(0, 100);
  const look = upkeep();
  await look.look();
  await look.look();
  expect(look.removed).toMatchObject({ runs: 1, documents: 1 });
  expect(await store.retention.documents.ids(0, 100)).toHaveLength(before.length - 1);
  const [third = 0] = await dispatch(3, { first: 'yes' });
  expect(await store.retention.documents.ids(0, 100)).toHaveLength(before.length);
  expect((await store.run(third))?.run.status).toBe('completed');
});

test('a document that comes into use while documents are looked at is kept', async () => {
  const { store, clock } = at;
  const definition = workflow([job('test')]);
  const plan = { workflow: 'CI', path: definition.path, keyRef: 'refs/heads/main', jobs: [], definition };
  await store.dispatch(pushOf(1, [{ ...commitOf(1), plan, payload: { a: 1 }, actor: 'ada' }]), clock.now());
  const ids = await store.retention.documents.ids(0, 100);
  await store.retention.documents.watch();
  await store.dispatch(pushOf(1, [{ ...commitOf(2), plan, payload: { a: 1 }, actor: 'ada' }]), clock.now());
  expect(await store.retention.documents.remove(ids)).toBe(0);
});

test('what jobs had to do is forgotten with the last run that did it, and kept while one comes into use', async () => {
  const { store } = at;
  const doing = (name: string) => ({ jobs: [plannedJob('test', { spec: { ...SPEC, found: name } })] });
  await runOf(1, 100, {}, doing('first'));
  days(101);
  await runOf(2, 100, {}, doing('second'));
  const [first = 0, second = 0] = await store.retention.specs.ids(0, 100);
  const look = upkeep();
  await look.look();
  await look.look();
  expect(look.removed).toMatchObject({ runs: 1 });
  expect(await store.retention.specs.ids(0, 100)).toEqual([second]);
  expect(first).toBeLessThan(second);
  await store.retention.specs.watch();
  await runOf(3, 100, {}, doing('second'));
  expect(await store.retention.specs.remove([second])).toBe(0);
  const { run } = await runOf(4, 100, {}, doing('first'));
  expect((await store.run(run))?.run.conclusion).toBe('success');
});

test('names of tests, and that they were flaky, go with the last run that had them', async () => {
  const { store } = at;
  const tests = (...names: string[]) => ({
    tests: names.map((name) => ({ suite: 's', name, conclusion: 'success' as const, durationMs: 1, isFlaky: true })),
  });
  await runOf(1, 100, tests('stays', 'is renamed'));
  while (await store.search.index());
  days(101);
  await runOf(2, 100, tests('stays', 'is new'));
  while (await store.search.index());
  const look = upkeep();
  await look.look();
  expect(look.removed).toMatchObject({ runs: 1, tests: 2 });
  const found = async (q: string) => (await store.search.runs({ q })).tests.map(({ name }) => name);
  expect([await found('is renamed'), await found('is new'), await found('stays')]).toEqual([[], ['is new'], ['stays']]);
  expect((await store.tests.flaky(1)).map(({ name }) => name).sort()).toEqual(['is new', 'stays']);
  await look.look();
  expect(look.removed).toMatchObject({ tests: 2 });
});

test('logs that a kill has left behind are found, and young ones left alone', async () => {
  const { job } = await runOf(1, 20_000);
  const folder = join(home, 'logs', '0');
  for (const name of ['900-1.log', '901-1.log']) await writeFile(join(folder, name), 'orphan');
  const old = new Date(+at.clock.now() - 2 * DAY_MS);
  await utimes(join(folder, '900-1.log'), old, old);
  await utimes(join(folder, '901-1.log'), at.clock.now(), at.clock.now());
  await utimes(join(folder, `${job}-1.log`), old, old);
  const look = upkeep();
  await look.look();
  expect(look.removed.files).toBe(1);
  expect(readdirSync(folder).sort()).toEqual([`${job}-1.log`, '901-1.log'].sort());
});
