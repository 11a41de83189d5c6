import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../src/support/clock.ts';
import { branchTracks } from '../../src/web/branch-tracks.ts';
import { mapBranches } from '../../web/src/graph/branch-map.ts';
import { addMatrixRuns, demoExpander } from '../support/demo-matrix.ts';
import { commitOf, newRepository, pushOf, resultOf } from '../support/store.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;

beforeEach(async () => {
  web = await startWeb({ expander: demoExpander, clock: systemClock });
  await addMatrixRuns(web.store, web.logs, systemClock.now());
});
afterEach(() => web[Symbol.asyncDispose]());

const wordsOf = async (path: string) => {
  const { body } = await web.ask(path, { headers: { accept: 'text/html' } });
  const [page = ''] = body.toString().split('<script type="application/json"');
  return page.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
};

test('the page of a repository begins with since when it fails, by whom and where, then its commits and trends', async () => {
  const words = await wordsOf('/repositories/meridian/pricing');
  expect(words).toMatch(
    /pricing is broken Broken since [0-9a-f]{7} by Ada Bergström, \d+ min ago Last green [0-9a-f]{7} , \d+ min ago/,
  );
  expect(words).toContain('src/payments/retry.test.ts:142 AssertionError: expected 4 to be 3');
  expect(words).toMatch(
    /Count attempts from one first bad commit [0-9a-f]{7} Ada Bergström src\/payments\/retry.test.ts:142/,
  );
  expect(words).toMatch(/Cache the tax table per region .*Count attempts from one .*Round half to even/);
  expect(words).toMatch(/Duration ci\.yml, last 3 runs now 1 m 52 s/);
  expect(words).toMatch(/Pass rate per day \d{4}-\d\d-\d\d: [01] of [123]/);
  expect(words).toContain('Slowest tests in the newest green run gives up after the third attempt 12 ms');
  expect(words).toMatch(/Where time goes over all jobs of #1 wait \d+ ms make test/);
});

test('where no run was green yet, the slowest tests are not said to be of a green one', async () => {
  const { store } = web;
  const now = systemClock.now();
  const { id } = await store.addRepository(newRepository('acme/red'), now);
  await store.dispatch(pushOf(id, [commitOf(1)]), now);
  const [claimed] = await store.claim({ runner: 'r', labels: [], leaseMs: 1_000, now }, 1);
  const tests = [{ suite: 'a', name: 'is slow', conclusion: 'failure' as const, durationMs: 900, message: 'no' }];
  await store.finish(resultOf(claimed?.job ?? 0, 1, { conclusion: 'failure', tests }), now);
  expect(await wordsOf('/repositories/acme/red')).toContain('Slowest tests in the newest run; none was green is slow');
});

test('an older page of commits, or of runs, leads back to the newest one', async () => {
  expect(await wordsOf('/repositories/meridian/pricing')).not.toContain('Newest commits');
  expect(await wordsOf('/repositories/meridian/pricing?before=3')).toContain('Newest commits');
  const { text } = await web.ask('/runs?before=3&conclusion=success', { headers: { accept: 'text/html' } });
  expect(text).toMatch(/href="\/runs\?conclusion=success"[^>]*>Newest runs/);
});

test.each(['error', 'timed_out', 'cancelled'])('the list of runs is filtered by %s with a link', async (conclusion) => {
  const { text } = await web.ask('/runs', { headers: { accept: 'text/html' } });
  expect(text).toContain(`href="/runs?conclusion=${conclusion}"`);
});

test('its commits are found by title, author, branch and the beginning of their id', async () => {
  const found = async (query: string) => wordsOf(`/repositories/meridian/pricing?${query}`);
  expect(await found('q=cache')).toMatch(/Cache the tax table(?!.*Round half)/);
  expect(await found('q=priya')).toMatch(/Round half(?!.*Cache the tax)/);
  expect(await found('q=main&conclusion=success')).toMatch(/Round half(?!.*Cache the tax)/);
  expect(await found('ref=other')).toContain('No commit fits');
});

test('they are found by author, and by the name of a test, which is told', async () => {
  while (await web.store.search.index());
  const found = async (query: string) => wordsOf(`/repositories/meridian/pricing?${query}`);
  expect(await found('author=priya')).toMatch(/Round half(?!.*Cache the tax)/);
  expect(await found('q=third+attempt')).toMatch(/Count attempts from one.*gives up after the third attempt failed/);
  expect(await wordsOf('/runs?q=third+attempt&author=ada')).toContain('gives up after the third attempt failed');
  expect(await wordsOf('/runs?q=third+attempt&author=priya')).toContain('No run fits');
});

test('branches leave the first one at 45 degrees where they forked, and come back where they were merged', () => {
  const commit = (at: number, state: 'success' | 'failure' = 'success') => ({ sha: `${at}`, run: at, state, at });
  const track = (
    name: string,
    commits: ReturnType<typeof commit>[],
    fork: number | null,
    merges: { from: number; to: number }[] = [],
  ) => ({
    ...{ ref: `refs/heads/${name}`, name, state: 'success' as const, last_at: '', commits, fork, merges },
  });
  const main = track('main', [commit(0), commit(1), commit(4, 'failure'), commit(6, 'failure')], null);
  const { rails, bad, stations, height } = mapBranches([
    main,
    track('fix', [commit(5)], 1),
    track('old', [commit(2)], null),
  ]);
  expect(rails).toEqual(['M0 13H110', 'M25 13L51 39H85', 'M40 65H40']);
  expect(bad).toEqual(['M70 13H100']);
  expect(stations.filter(({ isPast }) => !isPast).map(({ run }) => run)).toEqual([4, 6]);
  expect(height).toBe(78);
  const merged = mapBranches([
    main,
    track('fix', [commit(2)], 1, [{ from: 2, to: 6 }]),
    track('near', [commit(5)], 1, [{ from: 5, to: 6 }]),
  ]);
  expect(merged.rails.slice(1)).toEqual(['M14 13L40 39H40', 'M40 39H74L100 13', 'M25 13L77 65H85', 'M85 65H85L100 13']);
});

test('where a branch was merged is what git says of the parents of the first one', async () => {
  const store = web.store;
  const { id } = await store.addRepository(newRepository('acme/lines'), systemClock.now());
  const push = (n: number, ref: string) => {
    const commit = { ...commitOf(n), sha: String(n).repeat(40) };
    return store.dispatch(pushOf(id, [commit], { ref }), systemClock.now());
  };
  for (const [n, ref] of [
    [1, 'refs/heads/main'],
    [2, 'refs/heads/fix'],
    [3, 'refs/heads/main'],
  ] as const)
    await push(n, ref);
  const operations = {
    lineOf: async () => ['1'.repeat(40), '2'.repeat(40)],
    mergesOf: async () => new Map([['3'.repeat(40), ['2'.repeat(40), '9'.repeat(40)]]]),
  };
  const tracks = await branchTracks({ operations }, id, await store.recentRuns(id), 'refs/heads/main', false);
  expect(tracks.map(({ name, fork, merges }) => ({ name, fork, merges }))).toEqual([
    { name: 'main', fork: null, merges: [] },
    { name: 'fix', fork: 0, merges: [{ from: 1, to: 2 }] },
  ]);
});
