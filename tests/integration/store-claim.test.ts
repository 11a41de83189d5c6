import { expect, test } from 'vitest';
import type { Store } from '../../src/store/store.ts';
import { commitOf, newRepository, openTestStore, plannedJob, pushOf, resultOf, shaOf } from '../support/store.ts';

const NOW = new Date('2026-01-01T00:00:00Z');

async function claimShas(store: Store, count: number, labels: readonly string[] = []): Promise<string[]> {
  const jobs = await store.claim({ runner: 'one', labels, leaseMs: 30_000, now: NOW }, count);
  return jobs.map((job) => job.sha);
}

async function addApp(store: Store, name = 'local/app'): Promise<number> {
  return (await store.addRepository(newRepository(name), NOW)).id;
}

test('the tip of a ref comes before the commits in between, those from the oldest', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  await ci.store.dispatch(pushOf(app, [commitOf(1), commitOf(2), commitOf(3)]), NOW);
  await ci.store.dispatch(pushOf(app, [commitOf(4)]), NOW);
  expect(await claimShas(ci.store, 10)).toEqual([3, 4, 1, 2].map(shaOf));
});

test('a commit in between that becomes the tip of another ref moves up', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  await ci.store.dispatch(pushOf(app, [commitOf(1), commitOf(2), commitOf(3)]), NOW);
  await ci.store.dispatch(pushOf(app, [commitOf(2)], { ref: 'refs/heads/other' }), NOW);
  expect(await claimShas(ci.store, 10)).toEqual([2, 3, 1].map(shaOf));
});

test('the repository with the fewest running jobs comes first', async () => {
  await using ci = await openTestStore();
  const [loud, quiet] = [await addApp(ci.store, 'local/loud'), await addApp(ci.store, 'local/quiet')];
  for (const n of [1, 2, 3]) await ci.store.dispatch(pushOf(loud, [commitOf(n)]), NOW);
  for (const n of [11, 12]) await ci.store.dispatch(pushOf(quiet, [commitOf(n)]), NOW);
  expect(await claimShas(ci.store, 10)).toEqual([1, 11, 2, 12, 3].map(shaOf));
});

test('a repository whose jobs ended is first in turn again', async () => {
  await using ci = await openTestStore();
  const [loud, quiet] = [await addApp(ci.store, 'local/loud'), await addApp(ci.store, 'local/quiet')];
  for (const n of [1, 2]) await ci.store.dispatch(pushOf(loud, [commitOf(n)]), NOW);
  await ci.store.dispatch(pushOf(quiet, [commitOf(11), commitOf(12)]), NOW);
  const [first] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  expect(await claimShas(ci.store, 1)).toEqual([shaOf(12)]);
  await ci.store.finish(resultOf(first!.job, 1), NOW);
  expect(await claimShas(ci.store, 2)).toEqual([2, 11].map(shaOf));
});

test('a runner gets only what its labels can take, in upper or lower case', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  const jobs = [
    plannedJob('any'),
    plannedJob('gpu', { labels: ['gpu'] }),
    plannedJob('both', { labels: ['mac', 'gpu'] }),
  ];
  await ci.store.dispatch(pushOf(app, [commitOf(1, jobs)]), NOW);
  const keysFor = async (labels: readonly string[]) => {
    const claimed = await ci.store.claim({ runner: 'one', labels, leaseMs: 1_000, now: NOW }, 10);
    return Promise.all(claimed.map(async ({ job }) => (await ci.store.job(job))?.key));
  };
  expect(await keysFor([])).toEqual(['any']);
  expect(await keysFor(['mac'])).toEqual([]);
  expect(await keysFor(['GPU', 'linux'])).toEqual(['gpu']);
  expect(await keysFor(['gpu', 'mac'])).toEqual(['both']);
});

test('a claim for one repository leaves the others alone', async () => {
  await using ci = await openTestStore();
  const [one, two] = [await addApp(ci.store, 'local/one'), await addApp(ci.store, 'local/two')];
  await ci.store.dispatch(pushOf(one, [commitOf(1)]), NOW);
  await ci.store.dispatch(pushOf(two, [commitOf(2)]), NOW);
  const request = { runner: 'one', labels: [], leaseMs: 1_000, now: NOW, repository: two };
  expect((await ci.store.claim(request, 10)).map((job) => job.sha)).toEqual([shaOf(2)]);
});

test('claims at the same moment give each job once', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  const commits = Array.from({ length: 40 }, (_, n) => commitOf(n + 1));
  await ci.store.dispatch(pushOf(app, commits), NOW);
  const claims = await Promise.all(Array.from({ length: 30 }, () => claimShas(ci.store, 3)));
  const given = claims.flat();
  expect(given).toHaveLength(40);
  expect(new Set(given).size).toBe(40);
});

test('a lost job is given again before younger ones, to another runner, under the next number', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  for (const n of [1, 2]) await ci.store.dispatch(pushOf(app, [commitOf(n)]), NOW);
  const [job] = await ci.store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: NOW }, 1);
  await ci.store.lose([{ job: job!.job, execution: 1 }], 'its connection was lost', 3, NOW);
  const [again] = await ci.store.claim({ runner: 'two', labels: [], leaseMs: 1_000, now: NOW }, 1);
  expect(again).toMatchObject({ job: job!.job, execution: 2 });
});

test('the queue shows what waits, oldest first, and how many there are', async () => {
  await using ci = await openTestStore();
  const app = await addApp(ci.store);
  for (const n of [1, 2, 3]) await ci.store.dispatch(pushOf(app, [commitOf(n)]), NOW);
  await claimShas(ci.store, 1);
  const { jobs, total } = await ci.store.queue(1);
  expect(total).toBe(2);
  expect(jobs).toMatchObject([{ sha: shaOf(2), repository: 'local/app', runNumber: 2, labels: [], waitsFor: [] }]);
});
