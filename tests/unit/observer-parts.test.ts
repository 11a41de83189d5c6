import PQueue from 'p-queue';
import { expect, test } from 'vitest';
import { Admission } from '../../src/hooks/admission.ts';
import { chunksOf } from '../../src/hooks/chunks.ts';
import { KnownRepositories } from '../../src/hooks/known-repositories.ts';
import { Poller } from '../../src/hooks/poller.ts';
import { observedSources } from '../../src/hooks/source-kind.ts';
import { SourceUnavailableError } from '../../src/hooks/source-view.ts';
import { Tips } from '../../src/hooks/tips.ts';
import { Told } from '../../src/hooks/told.ts';
import type { WireRepository } from '../../src/protocol/wire-repository.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { waitFor } from '../support/wait-for.ts';

const sha = (n: number) => n.toString(16).padStart(40, '0');
const commit = (n: number, title = 'x') => ({ sha: sha(n), title, author: 'Ada', committedAt: 0 });
const repository = (id: number, name: string, more: Partial<WireRepository> = {}): WireRepository => ({
  ...{ id, name, sources: [`/${name}`], secret: 's', policy: 'each', maxCommits: 250, baseline: {}, pollSeconds: null },
  ...more,
});
const base = { repository: 1, ref: 'refs/heads/main', before: sha(0), trigger: 'hook' as const, receivedAt: 0 };

test('a dispatch that is too large goes in parts, each from where the one before ended', () => {
  const commits = Array.from({ length: 4_100 }, (_, n) => commit(n + 1));
  const parts = [...chunksOf({ ...base, after: sha(4_100), commits })];
  expect(parts.map((part) => part.commits.length)).toEqual([2_000, 2_000, 100]);
  expect(parts.flatMap((part) => part.commits)).toEqual(commits);
  expect(parts.map(({ before, after }) => [before, after])).toEqual([
    [sha(0), sha(2_000)],
    [sha(2_000), sha(4_000)],
    [sha(4_000), sha(4_100)],
  ]);
});

test('a part has less than 5 MB however long the titles are', () => {
  const commits = Array.from({ length: 2_000 }, (_, n) => commit(n, '\u0001'.repeat(500)));
  const parts = [...chunksOf({ ...base, after: sha(1_999), commits })];
  expect(parts.flatMap((part) => part.commits)).toEqual(commits);
  for (const part of parts) expect(JSON.stringify(part).length).toBeLessThan(5_000_000);
});

test('a deletion is one part', () => {
  expect([...chunksOf({ ...base, after: sha(0), commits: [] })]).toEqual([{ ...base, after: sha(0), commits: [] }]);
});

test('a new list of repositories says what was added, changed and removed', () => {
  const known = new KnownRepositories();
  known.replace([repository(1, 'local/a'), repository(2, 'local/b'), repository(3, 'local/c')]);
  const change = known.replace([
    repository(1, 'local/a'),
    repository(2, 'local/b', { secret: 't' }),
    repository(4, 'Acme/D'),
  ]);
  expect(change.added.map(({ id }) => id)).toEqual([4]);
  expect(change.changed.map(({ id }) => id)).toEqual([2]);
  expect(change.removed.map(({ id }) => id)).toEqual([3]);
  expect(known.byName('acme/d')?.id).toBe(4);
  expect(known.byName('ACME/D')?.id).toBe(4);
  expect(known.byName('local/c')).toBeUndefined();
  expect(known.byName('constructor')).toBeUndefined();
});

test('an address tells forges on one host by their port, and means one place by https, http and ssh', () => {
  const known = new KnownRepositories();
  const at = (id: number, source: string) => repository(id, `local/${id}`, { sources: [source] });
  known.replace([
    at(1, 'http://127.0.0.1:19001/acme/app.git'),
    at(2, 'http://127.0.0.1:19004/acme/app.git'),
    at(3, 'https://git.example.org/acme/app.git'),
    at(4, 'ssh://git@git.example.net:2222/acme/app.git'),
  ]);
  const ids = (...names: string[]) => names.map((name) => known.byName(name)?.id);
  expect(ids('http://127.0.0.1:19001/Acme/app', 'http://127.0.0.1:19004/acme/app.git')).toEqual([1, 2]);
  expect(ids('http://127.0.0.1:19009/acme/app.git', 'http://127.0.0.1/acme/app.git')).toEqual([undefined, undefined]);
  expect(ids('git@git.example.org:acme/app.git', 'https://git.example.org:443/acme/app/')).toEqual([3, 3]);
  expect(ids('git@git.example.net:acme/app.git', 'http://git.example.net:3000/acme/app.git')).toEqual([4, 4]);
});

test('another repository under a known id is another repository', () => {
  const known = new KnownRepositories();
  known.replace([repository(1, 'local/a')]);
  const change = known.replace([repository(1, 'local/b')]);
  expect([change.added, change.changed, change.removed].map((list) => list.map(({ name }) => name))).toEqual([
    ['local/b'],
    [],
    ['local/a'],
  ]);
  const renamed = known.replace([repository(1, 'local/c', { sources: ['/local/b'] })]);
  expect(renamed.changed.map(({ name }) => name)).toEqual(['local/c']);
});

test('the first folder and the first URL of a repository are looked at', () => {
  const sources = ['https://example.org/a.git', '/home/ada/a', '/home/ada/b', 'file:///srv/a.git'];
  expect(observedSources({ sources })).toEqual([
    { kind: 'local', location: '/home/ada/a' },
    { kind: 'remote', location: 'https://example.org/a.git' },
  ]);
});

test('tips are kept by repository, source and ref', () => {
  const tips = new Tips();
  tips.move({ repository: 1, source: 'local', ref: 'refs/heads/main', sha: sha(1) });
  tips.move({ repository: 1, source: 'remote', ref: 'refs/heads/main', sha: sha(2) });
  tips.move({ repository: 2, source: 'local', ref: 'refs/heads/main', sha: sha(3) });
  expect(tips.all(1, false)).toEqual([sha(1), sha(2)]);
  expect(tips.includes(1, sha(2), false)).toBe(true);
  expect(tips.includes(1, sha(3), false)).toBe(false);
  tips.move({ repository: 1, source: 'local', ref: 'refs/heads/main', sha: null });
  expect(tips.of(1, 'local').size).toBe(0);
});

test('what was told is remembered for each trigger, the newest longest', () => {
  const told = new Told();
  told.add([sha(1)], 'hook');
  expect([told.knows(sha(1), 'hook'), told.knows(sha(1), 'watch'), told.has(sha(2))]).toEqual([true, false, false]);
  told.add(
    Array.from({ length: 2_000 }, (_, n) => sha(n + 10)),
    'poll',
  );
  expect([told.has(sha(1)), told.has(sha(2_009))]).toEqual([false, true]);
});

test('small and large bodies have places of their own', () => {
  const admission = new Admission({ maxSmall: 1, maxLarge: 1 });
  const request = (length?: number) =>
    ({ headers: length === undefined ? {} : { 'content-length': `${length}` } }) as never;
  const leave = admission.enter(request(1_000));
  expect(() => admission.enter(request(1_000))).toThrow(/at the same time/);
  admission.enter(request());
  expect(() => admission.enter(request(20_000_000))).toThrow(/at the same time/);
  leave();
  leave();
  admission.enter(request(1_000));
  expect(() => admission.enter(request(1_000))).toThrow(/at the same time/);
});

test('a source that cannot be read is looked at later and later, and told of once', async () => {
  const clock = new ManualClock();
  const states: (string | undefined)[] = [];
  let looks = 0;
  let isThere = false;
  const poller = new Poller({
    ...{ intervalMs: 1_000, maxMs: 60_000, clock, turns: new PQueue({ concurrency: 1 }) },
    look: async () => {
      looks++;
      if (!isThere) throw new SourceUnavailableError('/nowhere', new Error('there is no such folder'));
    },
    onState: (why) => states.push(why),
  });
  poller.start();
  const nextLook = async () => {
    const before = looks;
    await waitFor('a timer', () => clock.pending === 1);
    const startMs = clock.monotonicMs();
    while (looks === before) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return clock.monotonicMs() - startMs;
  };
  const waits = [];
  for (let n = 0; n < 6; n++) waits.push(await nextLook());
  expect(waits[0]).toBeGreaterThanOrEqual(1_000);
  expect(waits[5]).toBeGreaterThan(20_000);
  isThere = true;
  await nextLook();
  await waitFor('the state', () => states.length === 2);
  expect(states[0]).toContain('/nowhere cannot be read (there is no such folder)');
  expect(states[1]).toBeUndefined();
  expect(await nextLook()).toBeLessThan(1_300);
  await poller.stop();
  expect(clock.pending).toBe(0);
});
