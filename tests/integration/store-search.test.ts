import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SearchFilter } from '../../src/store/search.ts';
import { commitOf, newRepository, openTestStore, pushOf, resultOf, shaOf, type TestStore } from '../support/store.ts';

let at: TestStore;
beforeEach(async () => {
  at = await openTestStore();
  await at.store.addRepository(newRepository('acme/shop'), at.clock.now());
});
afterEach(() => at[Symbol.asyncDispose]());

/** Takes everything into the index. */
async function indexAll(): Promise<void> {
  while (await at.store.search.index());
}

const titled = (n: number, title: string, author = 'Ada <ada@example.org>') => ({ ...commitOf(n), title, author });

async function push(commits: readonly ReturnType<typeof titled>[], more: object = {}, repository = 1) {
  return at.store.dispatch(pushOf(repository, commits, more), at.clock.now());
}

/** What is found, by commit numbers. */
async function find(filter: SearchFilter | string): Promise<number[]> {
  const { runs } = await at.store.search.runs(typeof filter === 'string' ? { q: filter } : filter);
  return runs.map(({ sha }) => Number.parseInt(sha, 16));
}

/** The next run that waits ends with these tests, by name; true: it passed. */
async function runTests(tests: Readonly<Record<string, boolean>>): Promise<void> {
  const { store, clock } = at;
  const [claimed] = await store.claim({ runner: 'one', labels: [], leaseMs: 1_000, now: clock.now() }, 1);
  const cases = Object.entries(tests).map(([name, passed]) => ({
    ...{ suite: 'cart', name, durationMs: 1 },
    conclusion: passed ? ('success' as const) : ('failure' as const),
  }));
  const conclusion = Object.values(tests).every(Boolean) ? ('success' as const) : ('failure' as const);
  await store.finish(resultOf(claimed!.job, 1, { tests: cases, conclusion }), clock.now());
}

/** Both ways to find the same: with the index, and by looking at what is not in it yet. */
const WAYS = [
  ['in the index', indexAll],
  ['that is not in the index yet', async () => {}],
] as const;

test.each(WAYS)(
  'text is found anywhere in title, author, branch, workflow and repository of a run %s',
  async (_, ready) => {
    await push([titled(1, 'Fix the parser'), titled(2, 'Add a login page', 'Grace <grace@navy.mil>')]);
    await push([titled(3, 'Fix the login')], { ref: 'refs/heads/feature/dark-mode' });
    await at.store.addRepository(newRepository('acme/docs'), at.clock.now());
    await push([titled(4, 'Typo')], {}, 2);
    await ready();
    expect(await find('LOGIN')).toEqual([3, 2]);
    expect(await find('fix login')).toEqual([3]);
    expect(await find('"login page"')).toEqual([2]);
    expect(await find('"page login"')).toEqual([]);
    expect(await find('navy')).toEqual([2]);
    expect(await find('rk-mod')).toEqual([3]);
    expect(await find('acme/docs')).toEqual([4]);
    expect(await find('tests')).toEqual([4, 3, 2, 1]);
    expect(await find('nowhere')).toEqual([]);
    expect(await find({ q: 'fix', repository: 'acme/docs' })).toEqual([]);
    expect(await find({ q: 'fix', repository: 'acme/shop', ref: 'refs/heads/main' })).toEqual([1]);
  },
);

test.each(WAYS)('the author is a filter of its own, of a run %s', async (_, ready) => {
  await push([titled(1, 'Ask ada'), titled(2, 'Add a login page', 'Grace <grace@navy.mil>')]);
  await ready();
  expect(await find({ author: 'ada' })).toEqual([1]);
  expect(await find({ author: 'grace' })).toEqual([2]);
  expect(await find({ author: 'grace', q: 'ada' })).toEqual([]);
  expect(await find({ author: 'gr' })).toEqual([2]);
  expect(await find({ author: 'grace@navy.mil', conclusion: 'failure' })).toEqual([]);
});

test.each(WAYS)(
  'one or two characters, letters of any script and the beginning of a commit find a run %s',
  async (_, ready) => {
    await push([titled(1, 'q'), titled(2, 'Größe der Straße'), titled(0xabcdef, '漢字を直す')]);
    await ready();
    expect(await find('q')).toEqual([1]);
    expect(await find('GRÖSSE')).toEqual([]);
    expect(await find('GRÖßE')).toEqual([2]);
    expect(await find('漢字')).toEqual([0xabcdef]);
    expect(await find('字を直')).toEqual([0xabcdef]);
    expect(await find(shaOf(0xabcdef))).toEqual([0xabcdef]);
    expect(await find(`${shaOf(2)} der`)).toEqual([2]);
    expect(await find({ q: 'q', repository: 'acme/shop' })).toEqual([1]);
  },
);

test.each([
  '"',
  '""',
  '"a',
  "'",
  'a AND',
  'NOT (',
  'title: x*',
  'NEAR(a b)',
  '^fix -fix',
  '%_\\',
  '\0',
  '\0fix"',
  '😀😀😀',
  'ab"cd"ef',
])('what people type is never taken for an operator: %j', async (q) => {
  await push([titled(1, 'Fix the parser')]);
  await indexAll();
  expect((await at.store.search.runs({ q })).next).toBeNull();
  expect(Array.isArray(await find({ author: q }))).toBe(true);
});

test.each(WAYS)('the pages of a search go through all that fits, once, newest first, %s', async (_, ready) => {
  await push(Array.from({ length: 30 }, (_, n) => titled(n + 1, n % 3 === 0 ? 'Fix it' : 'Break it')));
  await ready();
  const found: number[] = [];
  let before: number | null = Number.MAX_SAFE_INTEGER;
  while (before !== null) {
    const page = await at.store.search.runs({ q: 'fix', before, limit: 4 });
    found.push(...page.runs.map(({ sha }) => Number.parseInt(sha, 16)));
    before = page.next;
  }
  expect(found).toEqual([28, 25, 22, 19, 16, 13, 10, 7, 4, 1]);
});

test('a rare conclusion is found page by page among many runs of a repository', async () => {
  await push(Array.from({ length: 50 }, (_, n) => titled(n + 1, 'Fix it')));
  await runTests({ adds: false });
  const of = { repository: 'acme/shop', conclusion: 'failure' } as const;
  expect(await at.store.search.runs(of)).toMatchObject({ runs: [{ conclusion: 'failure' }], next: null });
  expect(await find({ ...of, before: 51 })).toHaveLength(1);
  expect(await find({ conclusion: 'failure', ref: 'refs/heads/main' })).toHaveLength(1);
  expect(await find({ conclusion: 'timed_out' })).toEqual([]);
});

test('the name of a test finds the runs in which it failed', async () => {
  await push([titled(1, 'one')]);
  await runTests({ 'adds an item': true, 'removes an item': true });
  await push([titled(2, 'two')]);
  await runTests({ 'adds an item': false, 'removes an item': true });
  await push([titled(3, 'three')]);
  await runTests({ 'adds an item': true, 'removes an item': true });
  await indexAll();
  const failed = await at.store.search.runs({ q: 'adds item' });
  expect(failed.runs.map(({ title }) => title)).toEqual(['two']);
  expect(failed.tests).toEqual([{ run: failed.runs[0]?.id, suite: 'cart', name: 'adds an item', hasFailed: true }]);
  expect(await find('cart')).toEqual([2]);
  expect(await find({ q: 'adds item', conclusion: 'success' })).toEqual([3]); // where it ran last, since it did not fail there
});

test('a test that never failed finds the last run that had it', async () => {
  await push([titled(1, 'one')]);
  await runTests({ 'adds an item': true, 'pays by card': true });
  await push([titled(2, 'two')]);
  await runTests({ 'adds an item': true });
  await indexAll();
  expect(await find('adds an item')).toEqual([2]);
  expect(await find('pays by card')).toEqual([1]);
  expect((await at.store.search.runs({ q: 'pays by card' })).tests).toMatchObject([{ hasFailed: false }]);
});

test('what was there before there was an index joins it from the newest on, with its tests', async () => {
  await push(Array.from({ length: 450 }, (_, n) => titled(n + 1, `Fix number ${n + 1} there`)));
  await runTests({ 'adds an item': false });
  expect(await at.store.search.index()).toBe(true);
  expect(await find('"number 450 there"')).toEqual([450]);
  expect(await find('"number 7 there"')).toEqual([7]);
  await indexAll();
  expect(await find('"number 450 there"')).toEqual([450]);
  expect(await find('"number 7 there"')).toEqual([7]);
  expect(await find('adds an item')).toHaveLength(1);
  await push([titled(451, 'Fix the last one')]);
  expect(await find('last one')).toEqual([451]);
});

test('hundreds of tests of one report are all found', async () => {
  await push([titled(1, 'one')]);
  await runTests(Object.fromEntries(Array.from({ length: 700 }, (_, n) => [`case ${n} of many`, n % 2 !== 0])));
  await indexAll();
  expect((await at.store.search.runs({ q: '"case 698 of"' })).tests).toMatchObject([{ hasFailed: true }]);
  expect((await at.store.search.runs({ q: '"case 699 of"' })).tests).toMatchObject([{ hasFailed: false }]);
});

test('a run that is gone is not found any more, and leaves nothing behind', async () => {
  const [run = 0] = await push([titled(1, 'Fix the parser')]);
  await runTests({ 'adds an item': false });
  await indexAll();
  await at.store.retention.removeRuns([run]);
  expect(await find('parser')).toEqual([]);
  expect(await find('adds an item')).toEqual([]);
});

test('a run that was left out is found by the workflow that it got later', async () => {
  const left = { ...titled(1, 'Fix'), tree: null, plan: { ...commitOf(1, []).plan, skipped: 'left out' } };
  const [run = 0] = await at.store.dispatch(pushOf(1, [left]), at.clock.now());
  await indexAll();
  const plan = { ...commitOf(1).plan, workflow: 'nightly build' };
  expect(
    await at.store.reopen(run, { ...{ tree: shaOf(9), plan, priority: 0, purpose: 'asked' } }, at.clock.now()),
  ).toBe(true);
  expect(await find('nightly build')).toEqual([1]);
  expect(await find('fix')).toEqual([1]);
});
